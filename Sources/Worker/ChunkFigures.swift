internal import Metering
internal import Recognition
internal import Wire
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
    stream = header.stream
    seq = header.seq
    start = Double(header.startFrame) / Double(format.sampleRate)
    duration = format.seconds(frames: bytes.count / format.frameBytes)
    levels = Levels.measure(bytes, encoding: format.encoding)
  }

  /// The contract's reply, with what `hypothesis` has.
  func write(_ hypothesis: Hypothesis, to object: inout JSONObject) {
    Transcription(
      seq: Int(seq), text: hypothesis.text, rms: levels.rms, dbfs: levels.dbfs, peak: levels.peak,
      clipped: levels.clipped, duration: duration, start: start, final: hypothesis.final, segment: hypothesis.segment
    ).write(to: &object)
    if !hypothesis.finished.isEmpty { object.add("segments", .array(hypothesis.finished.map(\.json))) }
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
