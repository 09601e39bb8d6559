internal import Audio
internal import JSON
internal import Streams

// The value of the key `audio_service`, which holds in other protocols whatever they have no place for.

extension StreamReceipt {
  /// Of channels that came together: each chunk of each counts, and the bytes are those of all.
  init(of channels: [StreamReceipt]) {
    self = channels[0]
    for other in channels.dropFirst() {
      totals.chunks += other.totals.chunks
      totals.processed += other.totals.processed
      totals.dropped += other.totals.dropped
      totals.replayed += other.totals.replayed
      levels.add(other.levels)
    }
  }

  var extras: JSONValue {
    .object([
      .init(
        key: "receipt",
        value: .object([
          .init(key: "chunks", value: .number(totals.chunks)), .init(key: "bytes", value: .number(totals.bytes)),
          .init(key: "duration", value: .number(duration)), .init(key: "rms", value: .number(levels.rms)),
          .init(key: "peak", value: .number(levels.peak)), .init(key: "clipped", value: .number(levels.clipped)),
          .init(key: "sha256", value: .string(sha256)), .init(key: "processed", value: .number(totals.processed)),
          .init(key: "dropped", value: .number(totals.dropped)),
          .init(key: "replayed", value: .number(totals.replayed)),
        ]))
    ])
  }
}
