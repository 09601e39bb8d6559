public import JSON

/// A final segment, as replies and the receipt list it.
public struct SegmentMessage: Equatable, Sendable {
  public var segment: Int
  /// Seconds in the stream.
  public var start: Double
  public var end: Double
  public var text: String
  /// Nil where none was asked for, or it is not known.
  public var language: String?
  /// Nil where they were not asked for, and in the receipt.
  public var words: WordsMessage?

  public init(
    segment: Int, start: Double, end: Double, text: String, language: String? = nil, words: WordsMessage? = nil
  ) {
    self.segment = segment
    self.start = start
    self.end = end
    self.text = text
    self.language = language
    self.words = words
  }

  public var json: JSONValue {
    .object(
      [
        .init(key: "segment", value: .number("\(segment)")), .init(key: "start", value: .number("\(start)")),
        .init(key: "end", value: .number("\(end)")), .init(key: "text", value: .string(text)),
      ] + (language.map { [.init(key: "language", value: .string($0))] } ?? []) + (words?.members ?? []))
  }

  public init?(_ value: JSONValue) {
    guard let segment = value["segment"]?.integer, let start = value["start"]?.double, let end = value["end"]?.double,
      let text = value["text"]?.string
    else { return nil }
    self.init(
      segment: segment, start: start, end: end, text: text, language: value["language"]?.string,
      words: WordsMessage(value))
  }
}
