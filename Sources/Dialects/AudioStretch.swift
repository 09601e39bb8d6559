internal import Audio
internal import JSON
internal import Streams

/// Audio that no message has told of: one chunk, or several.
struct AudioStretch {
  /// The last chunk that was measured.
  private var seq = 0
  private var start = 0.0
  private var duration = 0.0
  private var levels = Levels()
  /// Chunks that were not recognized.
  private var dropped = 0
  /// Seconds of which words are missing, because recognition had to start again behind them.
  private var missing: Range<Double>?

  init() {}

  /// One chunk.
  /// - Parameter measure: nil if it was not recognized.
  init(_ measure: ChunkMeasure?) { if let measure { add(measure) } else { addDropped() } }

  mutating func add(_ measure: ChunkMeasure) {
    if seq == 0 { start = measure.start }
    seq = measure.seq
    duration += measure.duration
    levels.add(measure.levels)
  }

  mutating func addDropped() { dropped += 1 }
  mutating func addMissing(_ seconds: Range<Double>) { missing = seconds }

  /// Adds the key `audio_service`, which holds in other protocols whatever they have no place for, if there was audio.
  func tell(in json: inout JSONObject) {
    guard seq > 0 || dropped > 0 || missing != nil else { return }
    json.add("audio_service") { json in
      if seq > 0 { tellLevels(in: &json) }
      if dropped > 0 { json.add("dropped", dropped) }
      if let missing { json.add("missing", .array([.number(missing.lowerBound), .number(missing.upperBound)])) }
    }
  }

  private func tellLevels(in json: inout JSONObject) {
    json.add("seq", seq)
    json.add("rms", figure: levels.rms)
    json.add("dbfs", figure: levels.dbfs)
    json.add("peak", figure: levels.peak)
    json.add("clipped", levels.clipped)
    json.add("start", figure: start)
    json.add("duration", figure: duration)
  }

  /// The same, and the next message tells of the audio that follows.
  mutating func told(in json: inout JSONObject) {
    tell(in: &json)
    self = AudioStretch()
  }
}
