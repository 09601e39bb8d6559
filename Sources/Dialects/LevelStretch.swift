internal import Audio
internal import JSON
internal import Streams

/// A stretch of audio with its levels: one chunk, or several up to the next message that tells of them.
struct LevelStretch {
  /// The last chunk in it.
  private var seq: Int
  private let start: Double
  private var duration: Double
  private var levels: Levels

  init(_ measure: ChunkMeasure) {
    (seq, start, duration, levels) = (measure.seq, measure.start, measure.duration, measure.levels)
  }

  mutating func add(_ measure: ChunkMeasure) {
    seq = measure.seq
    duration = measure.start + measure.duration - start
    levels.add(measure.levels)
  }

  /// The value of the key `audio_service`, which holds in other protocols whatever they have no place for.
  var extras: JSONValue {
    .object([
      .init(key: "seq", value: .number(seq)), .init(key: "rms", value: .number(levels.rms)),
      .init(key: "dbfs", value: levels.dbfs.map { .number($0) } ?? .null),
      .init(key: "peak", value: .number(levels.peak)), .init(key: "clipped", value: .number(levels.clipped)),
      .init(key: "start", value: .number(start)), .init(key: "duration", value: .number(duration)),
    ])
  }
}

extension LevelStretch? {
  mutating func add(_ measure: ChunkMeasure) {
    if self == nil { self = LevelStretch(measure) } else { self?.add(measure) }
  }

  /// The extras of what was added since the last call; nil if nothing was.
  mutating func take() -> JSONValue? {
    defer { self = nil }
    return self?.extras
  }
}
