import Scoring
import Support
import Testing

@Suite struct ShownWordsTests {
  private func shown(_ texts: String...) -> ShownWords {
    var shown = ShownWords()
    for (index, text) in texts.enumerated() { shown.show(text, at: Double(index)) }
    return shown
  }

  @Test func `the same text again is no change`() {
    let words = shown("It", "It", "It was")
    #expect(words.count == 2)
    #expect(words.pauses == [2])
  }

  @Test func `words after those agreed on may change`() {
    #expect(shown("It was", "It was the", "It was a best", "It was the best of").flickers == 0)
    #expect(shown("It", "He", "She").flickers == 0)
  }

  @Test func `a word agreed on that changes or goes is a flicker`() {
    #expect(shown("it was the", "it was a best", "is was the best").flickers == 1)
    #expect(shown("one two three", "one two three four", "one").flickers == 1)
    #expect(shown("one two three four", "one two three four five", "").flickers == 3)
  }

  @Test func `case and marks are no flicker`() {
    #expect(shown("it was the", "It was, the best", "it was the best of").flickers == 0)
  }

  @Test func `a final may correct what was agreed on`() {
    let words = shown("it was the", "it was the best")
    #expect(words.corrections(by: "It was the best of times.") == 0)
    #expect(words.corrections(by: "He was the best of times.") == 1)
    #expect(shown("it was").corrections(by: "he is") == 0)
  }

  @Test func `a word's debut is when something stood in its place, and when itself did for good`() {
    let debuts = shown("it", "it was a", "it was the bet", "it was the best of").debuts(of: [
      "it", "was", "the", "best", "of", "times",
    ])
    #expect(debuts.map(\.some) == [0, 1, 1, 2, 3, nil])
    #expect(debuts.map(\.itself) == [0, 1, 2, 3, 3, nil])
    #expect(shown("one", "two", "one").debuts(of: ["one"]).map(\.itself) == [2])
  }
}

@Suite struct SpreadTests {
  @Test(arguments: Seed.fresh) func `percentiles are values that were measured`(_ seed: Seed) {
    var random = seed.random
    let spread = Spread((1...100).map(Double.init).shuffled(using: &random))
    #expect(spread.median == 50)
    #expect(spread.percentile(95) == 95)
    #expect(spread.least == 1 && spread.greatest == 100 && spread.mean == 50.5)
    #expect(Spread([7]).percentile(95) == 7)
    #expect(spread.share(upTo: 30) == 30)
  }

  @Test func `of nothing nothing is said`() {
    #expect(Spread([]).median == nil)
    #expect(Spread([]).share(upTo: 1) == nil)
  }
}
