import Contract
import JSON

/// A server's message as this client uses it; more lenient than `ServerMessage`, so that a server of the contract's first
/// part alone, which measures nothing, serves as well.
enum Reply: Equatable {
  /// An utterance that is over.
  struct Segment: Equatable {
    var number: Int
    /// Seconds into the stream.
    var start: Double
    var end: Double
    var text: String

    init(number: Int, start: Double, end: Double, text: String) {
      (self.number, self.start, self.end, self.text) = (number, start, end, text)
    }

    init?(_ value: JSONValue) {
      guard let number = value["segment"]?.integer, let start = value["start"]?.seconds,
        let end = value["end"]?.seconds, let text = value["text"]?.string
      else { return nil }
      self.init(number: number, start: start, end: end, text: text)
    }

    static func all(in value: JSONValue) -> [Segment] { (value["segments"]?.array ?? []).compactMap { Segment($0) } }
  }

  /// What a transcription reply says of its text.
  struct Text: Equatable {
    var seq: Int
    var text: String
    var isFinal: Bool
    var segment: Int
    /// Seconds into the stream, where the server says so, and of the chunk.
    var start: Double?
    var duration: Double?
    /// What became final since the last reply, with an engine that delimits utterances.
    var segments: [Segment] = []
  }

  /// What the session is called; of one that goes on, the last chunk of it that the server has.
  case started(session: String, seq: Int?)
  case accepted(seq: Int, chunkBytes: Int)
  case transcription(Text)
  case flushed
  case summary(Receipt)
  case failure(error: String, code: String?, seq: Int?)
  case other

  init(_ value: JSONValue) {
    if let error = value["error"]?.string {
      self = .failure(error: error, code: value["code"]?.string, seq: value["seq"]?.integer)
    } else if let text = value["transcription"]?.string, let seq = value["seq"]?.integer {
      self = .transcription(
        Text(
          seq: seq, text: text, isFinal: value["final"]?.bool ?? true, segment: value["segment"]?.integer ?? seq,
          start: value["start"]?.seconds, duration: value["duration"]?.seconds, segments: Segment.all(in: value)))
    } else if let size = value["chunk_size"]?.integer, let seq = value["seq"]?.integer {
      self = .accepted(seq: seq, chunkBytes: size)
    } else if let receipt = Receipt(value), value["type"]?.string == "summary" {
      self = .summary(receipt)
    } else if value["type"]?.string == "started", let session = value["session"]?.string {
      self = .started(session: session, seq: value["seq"]?.integer)
    } else if value["type"]?.string == "flushed" {
      self = .flushed
    } else {
      self = .other
    }
  }
}

extension JSONValue {
  /// A place in a stream or the length of a part of it: no server has heard more than thirty years.
  fileprivate var seconds: Double? { double.flatMap { (0...1e9).contains($0) ? $0 : nil } }
}
