import Wire

/// A server's message as this client uses it; more lenient than `ServerMessage`, so that a server of the contract's first
/// part alone, which measures nothing, serves as well.
enum Reply: Equatable {
  /// What a transcription reply says of its text.
  struct Text: Equatable {
    var seq: Int
    var text: String
    var isFinal: Bool
    var segment: Int
    /// Seconds into the stream, where the server says so.
    var start: Double?
  }

  case accepted(seq: Int, chunkBytes: Int)
  case transcription(Text)
  case flushed
  case summary(Receipt)
  case failure(error: String, code: String?, seq: Int?)
  case other

  /// Of a transcription.
  var segment: Int? {
    guard case .transcription(let text) = self else { return nil }
    return text.segment
  }

  init(_ value: JSONValue) {
    if let error = value["error"]?.string {
      self = .failure(error: error, code: value["code"]?.string, seq: value["seq"]?.integer)
    } else if let text = value["transcription"]?.string, let seq = value["seq"]?.integer {
      self = .transcription(
        Text(
          seq: seq, text: text, isFinal: value["final"]?.bool ?? true, segment: value["segment"]?.integer ?? seq,
          start: value["start"]?.double))
    } else if let size = value["chunk_size"]?.integer, let seq = value["seq"]?.integer {
      self = .accepted(seq: seq, chunkBytes: size)
    } else if let receipt = Receipt(value), value["type"]?.string == "summary" {
      self = .summary(receipt)
    } else if value["type"]?.string == "flushed" {
      self = .flushed
    } else {
      self = .other
    }
  }
}
