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

  /// Adds the key `results`.
  func write(to json: inout JSONObject) {
    let parts = words.flatMap(Self.parts)
    json.add("results", objects: parts.count) { write(parts[$0], to: &$1) }
  }

  private struct Part {
    var content: Substring
    var start: Double
    var end: Double
    var isMark = false
  }

  /// Characters behind the letters of a word that are results of their own.
  private static let marks: Set<Character> = [".", ",", "!", "?", ";", ":", "…", "—", "–", "-", "\"", "”", "’", ")"]
  private static let sentenceEnds: Set<Character> = [".", "!", "?"]

  private static func parts(of word: Word) -> [Part] {
    var letters = word.text[...]
    while let last = letters.last, marks.contains(last) || last.isWhitespace { letters.removeLast() }
    let marks = word.text[letters.endIndex...].split(whereSeparator: \.isWhitespace)
    return [Part(content: letters, start: word.start, end: word.end)]
      + marks.map { Part(content: $0, start: word.end, end: word.end, isMark: true) }
  }

  private func write(_ part: Part, to json: inout JSONObject) {
    json.add("type", part.isMark ? "punctuation" : "word")
    if part.isMark {
      json.add("attaches_to", "previous")
      json.add("is_eos", part.content.contains(where: Self.sentenceEnds.contains))
    }
    json.add("start_time", figure: part.start)
    json.add("end_time", figure: part.end)
    json.add("alternatives", objects: 1) { _, json in
      json.add("content", String(part.content))
      json.add("confidence", json: "1.0")
      json.add("language", language)
      json.add("speaker", "UU")
    }
  }
}
