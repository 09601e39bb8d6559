import Recognition
import Testing

@testable import Dialects

struct TimedWordsTests {
  private func words(_ text: String, _ start: Double, _ end: Double) -> [Word] {
    TimedWords(Segment(number: 1, start: start, end: end, text: text)).words
  }

  @Test func `an estimate shares the time out by letters`() {
    #expect(
      words("He was.", 1, 2.4) == [
        Word(text: "He", start: 1, end: 1.6), Word(text: "was.", start: 1.6, end: 2.4),
      ])
  }

  @Test(arguments: ["one two three", "Это — «не то»?", "…", "", "a - b -", "12 345 6"])
  func `estimated times never fall, touch both ends, and the texts joined are the text`(_ text: String) {
    let words = words(text, 3.001, 3.9)
    for (one, next) in zip(words, words.dropFirst()) { #expect(one.start < one.end && one.end == next.start) }
    #expect(words.allSatisfy { $0.text.contains { $0.isLetter || $0.isNumber } })
    guard let first = words.first, let last = words.last else { return }
    #expect((first.start, last.end) == (3.001, 3.9))
    #expect(words.map(\.text).joined(separator: " ") == text)
  }

  @Test func `a mark on its own belongs to the word before it, and at the beginning to none`() {
    #expect(words("- well - then", 0, 1).map(\.text) == ["well -", "then"])
  }

  @Test func `the model's own times are kept`() {
    let word = Word(text: "oui", start: 0.5, end: 0.75)
    let timed = TimedWords(Segment(number: 1, start: 0, end: 1, text: "oui", words: [word]))
    #expect(timed.words == [word])
    #expect(!timed.isEstimated)
  }
}
