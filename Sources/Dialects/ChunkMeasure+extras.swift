internal import Audio
internal import JSON
internal import Streams

// The value of the key `audio_service`, which holds in other protocols whatever they have no place for.

extension ChunkMeasure {
  /// Where the audio is in the stream, and its levels.
  var extras: JSONValue {
    .object([
      .init(key: "seq", value: .number(seq)), .init(key: "rms", value: .number(levels.rms)),
      .init(key: "dbfs", value: levels.dbfs.map { .number($0) } ?? .null),
      .init(key: "peak", value: .number(levels.peak)), .init(key: "clipped", value: .number(levels.clipped)),
      .init(key: "start", value: .number(start)), .init(key: "duration", value: .number(duration)),
    ])
  }
}
