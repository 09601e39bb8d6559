internal import JSON
internal import Recognition

/// The words and marks of an utterance as Speechmatics has them: apart, with the times of the words.
struct SpeechmaticsResults: Equatable {
  private let words: [Word]
  private let language: String

  init(_ segment: Segment, language: String) {
    words = TimedWords(segment).words
    self.language = language
  }

  var isEmpty: Bool { words.isEmpty }
  var transcript: String { words.map(\.text).joined(separator: " ") }
  var json: JSONValue { .array(words.flatMap(parts)) }

  /// What follows the letters of a word and is a result of its own.
  private static let marks: Set<Character> = [".", ",", "!", "?", ";", ":", "…", "—", "–", "-", "\"", "”", "’", ")"]
  private static let sentenceEnds: Set<Character> = [".", "!", "?"]

  private func parts(of word: Word) -> [JSONValue] {
    let letters = String(word.text.reversed().drop { Self.marks.contains($0) || $0.isWhitespace }.reversed())
    let marks = word.text.dropFirst(letters.count).split(whereSeparator: \.isWhitespace)
    return [result("word", letters, word.start, word.end, [])]
      + marks.map {
        result(
          "punctuation", String($0), word.end, word.end,
          [
            .init(key: "attaches_to", value: .string("previous")),
            .init(key: "is_eos", value: .bool($0.contains(where: Self.sentenceEnds.contains))),
          ])
      }
  }

  private func result(
    _ type: String, _ content: String, _ start: Double, _ end: Double, _ more: [JSONValue.Member]
  ) -> JSONValue {
    let alternative = JSONValue.object([
      .init(key: "content", value: .string(content)), .init(key: "confidence", value: .number("1.0")),
      .init(key: "language", value: .string(language)), .init(key: "speaker", value: .string("UU")),
    ])
    return .object(
      [.init(key: "type", value: .string(type))] + more + [
        .init(key: "start_time", value: .number(start)), .init(key: "end_time", value: .number(end)),
        .init(key: "alternatives", value: .array([alternative])),
      ])
  }
}
