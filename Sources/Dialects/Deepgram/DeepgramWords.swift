internal import JSON
internal import Recognition

/// Words as Deepgram has them, live and of files: plain, and as they are written.
struct DeepgramWords: Equatable {
  private let words: [Word]

  init(_ segment: Segment) { words = TimedWords(segment).words }

  var isEmpty: Bool { words.isEmpty }
  /// Where the last word ends.
  var end: Double? { words.last?.end }
  /// The words by blanks.
  var transcript: String { words.map(\.text).joined(separator: " ") }

  /// The members of an alternative or an utterance that hold them.
  static func members(_ parts: [DeepgramWords]) -> [JSONValue.Member] {
    let transcript = parts.map(\.transcript).filter { !$0.isEmpty }.joined(separator: " ")
    return [
      .init(key: "transcript", value: .string(transcript)), confidence,
      .init(key: "words", value: .array(parts.flatMap(\.words).map(json))),
    ]
  }

  /// No model tells one, and filters drop what is low.
  static let confidence = JSONValue.Member(key: "confidence", value: .number("1.0"))

  private static func json(_ word: Word) -> JSONValue {
    .object([
      .init(key: "word", value: .string(PlainWord.words(of: word.text).joined(separator: " "))),
      .init(key: "start", value: .number(word.start)), .init(key: "end", value: .number(word.end)), confidence,
      .init(key: "punctuated_word", value: .string(word.text)),
    ])
  }
}
