package import Contract
package import JSON

/// A server's message as a client reads it.
///
/// It is lenient: a server that implements only the first part of the contract, which measures nothing, works too.
package enum Reply: Equatable {
  /// A finished utterance.
  package struct Segment: Equatable {
    package var number: Int
    /// Seconds in the stream.
    package var start: Double
    package var end: Double
    package var text: String
    /// The code of its language, if the server tells it.
    package var language: String?
    /// Its words, if they were asked for.
    package var words: [WordMessage] = []

    init(number: Int, start: Double, end: Double, text: String) {
      (self.number, self.start, self.end, self.text) = (number, start, end, text)
    }

    /// - Parameter textKey: the name of the member that has the text.
    init?(_ value: JSONValue, textKey: String = "text") {
      guard let number = value["segment"]?.integer, let start = value["start"]?.seconds,
        let end = value["end"]?.seconds, let text = value[textKey]?.string
      else { return nil }
      self.init(number: number, start: start, end: end, text: text)
      language = value["language"]?.string
      words = (value["words"]?.array ?? []).compactMap { WordMessage($0) }
    }

    static func all(in value: JSONValue) -> [Segment] { (value["segments"]?.array ?? []).compactMap { Segment($0) } }
  }

  /// The text of a transcription reply.
  package struct Text: Equatable {
    package var seq: Int
    package var text: String
    package var isFinal: Bool
    package var segment: Int
    /// Start of the chunk in the stream and its length, in seconds, if the server reports them.
    package var start: Double?
    package var duration: Double?
    /// The utterances that became final since the last reply, if the engine delimits utterances.
    package var segments: [Segment] = []
  }

  /// The text of a segment, pushed by a server that was asked for updates.
  package struct Update: Equatable {
    /// A final update with an empty text withdraws the segment.
    package var segment: Segment
    package var isFinal: Bool
    /// Words at the beginning that will not change.
    package var stableWords = 0
  }

  /// The name of the session. For a resumed one also the last chunk of it that the server has.
  case started(session: String, seq: Int?)
  case accepted(seq: Int, chunkBytes: Int)
  case transcription(Text)
  /// A chunk's levels without a text: with updates, texts are pushed on their own.
  case measured(seq: Int)
  case update(Update)
  case flushed
  /// For people: the stream goes on.
  case notice(String)
  case summary(Receipt)
  case failure(error: String, code: String?, seq: Int?)
  case other

  package init(_ value: JSONValue) {
    if let error = value["error"]?.string {
      self = .failure(error: error, code: value["code"]?.string, seq: value["seq"]?.integer)
    } else if let type = value["type"]?.string {
      self.init(value, type: type)
    } else if let seq = value["seq"]?.integer {
      self.init(value, seq: seq)
    } else {
      self = .other
    }
  }

  private init(_ value: JSONValue, type: String) {
    switch type {
    case "update": self = Update(value).map { .update($0) } ?? .other
    case "started": self = value["session"]?.string.map { .started(session: $0, seq: value["seq"]?.integer) } ?? .other
    case "summary": self = Receipt(value).map { .summary($0) } ?? .other
    case "flushed": self = .flushed
    case "notice": self = value["text"]?.string.map { .notice($0) } ?? .other
    default: self = .other
    }
  }

  private init(_ value: JSONValue, seq: Int) {
    if let text = value["transcription"]?.string {
      self = .transcription(
        Text(
          seq: seq, text: text, isFinal: value["final"]?.bool ?? true, segment: value["segment"]?.integer ?? seq,
          start: value["start"]?.seconds, duration: value["duration"]?.seconds, segments: Segment.all(in: value)))
    } else if let size = value["chunk_size"]?.integer {
      self = .accepted(seq: seq, chunkBytes: size)
    } else {
      self = value["rms"]?.double == nil ? .other : .measured(seq: seq)
    }
  }
}

extension Reply.Update {
  fileprivate init?(_ value: JSONValue) {
    guard let segment = Reply.Segment(value, textKey: "transcription") else { return nil }
    self.segment = segment
    isFinal = value["final"]?.bool ?? false
    stableWords = value["stable"]?.integer ?? 0
  }
}

extension JSONValue {
  /// A position in a stream or a length. More than thirty years is not plausible.
  fileprivate var seconds: Double? { double.flatMap { (0...1e9).contains($0) ? $0 : nil } }
}
