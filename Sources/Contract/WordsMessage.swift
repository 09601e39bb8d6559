public import JSON

/// The words of a text with their times.
public struct WordsMessage: Equatable, Sendable {
  public var words: [WordMessage]
  /// Whether the times are shared out by the words' lengths, because the model tells none.
  public var isEstimated: Bool

  public init(_ words: [WordMessage], isEstimated: Bool) {
    self.words = words
    self.isEstimated = isEstimated
  }

  /// Where the times are from.
  var source: String { isEstimated ? "estimated" : "model" }

  /// In the contract's order.
  var members: [JSONValue.Member] {
    [.init(key: "words", value: .array(words.map(\.json))), .init(key: "word_times", value: .string(source))]
  }

  /// Reads them of an update or a segment; nil where it has none.
  init?(_ value: JSONValue) {
    guard let words = value["words"]?.array, let times = value["word_times"]?.string else { return nil }
    self.init(words.compactMap(WordMessage.init), isEstimated: times == "estimated")
  }
}

/// A word with its time.
public struct WordMessage: Equatable, Sendable {
  public var word: String
  /// Seconds in the stream.
  public var start: Double
  public var end: Double

  public init(word: String, start: Double, end: Double) {
    self.word = word
    self.start = start
    self.end = end
  }

  var json: JSONValue {
    .object([
      .init(key: "word", value: .string(word)), .init(key: "start", value: .number("\(start)")),
      .init(key: "end", value: .number("\(end)")),
    ])
  }

  /// Reads a word; nil when a member is missing or of another kind.
  public init?(_ value: JSONValue) {
    guard let word = value["word"]?.string, let start = value["start"]?.double, let end = value["end"]?.double else {
      return nil
    }
    self.init(word: word, start: start, end: end)
  }
}
