internal import Audio
internal import Contract
internal import JSON
internal import Recognition
internal import WorkerLink

/// What was measured of one chunk: kept of the last one, whose reply a `finish` repeats.
struct ChunkFigures: Sendable {
  var stream: UInt64
  var seq: UInt64
  /// Seconds.
  var start: Double
  var duration: Double
  var levels: Levels

  init(_ header: ChunkHeader, _ format: AudioFormat, _ bytes: UnsafeRawBufferPointer) {
    self.init(
      header, format, frames: bytes.count / format.frameBytes, levels: .measure(bytes, encoding: format.encoding))
  }

  init(_ header: ChunkHeader, _ format: AudioFormat, frames: Int, levels: Levels) {
    stream = header.stream
    seq = header.seq
    start = Double(header.startFrame) / Double(format.sampleRate)
    duration = format.seconds(frames: frames)
    self.levels = levels
  }

  /// The contract's reply, with what `hypothesis` has; answers how long the array of segments at its end is.
  func write(_ hypothesis: Hypothesis, to object: inout JSONObject) -> Int {
    Transcription(
      seq: Int(seq), text: hypothesis.text, rms: levels.rms, dbfs: levels.dbfs, peak: levels.peak,
      clipped: levels.clipped, duration: duration, start: start, final: hypothesis.final, segment: hypothesis.segment
    ).write(to: &object)
    guard !hypothesis.finished.isEmpty else { return 0 }
    let keyBytes = #","segments":"#.utf8.count
    let before = object.withBytes(\.count)
    object.add("segments", .array(hypothesis.finished.map(\.json)))
    return object.withBytes(\.count) - before - keyBytes
  }
}

extension Segment {
  fileprivate var json: JSONValue {
    .object([
      .init(key: "segment", value: .number("\(segment)")), .init(key: "start", value: .number("\(start)")),
      .init(key: "end", value: .number("\(end)")), .init(key: "text", value: .string(text)),
    ])
  }
}
