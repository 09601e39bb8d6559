import Scoring
import Testing

@Suite struct ScreenRewritesTests {
  private func rewrites(_ shown: String..., final: String) -> ScreenRewrites {
    var rewrites = ScreenRewrites()
    rewrites.add(shown: shown, final: final)
    return rewrites
  }

  @Test func `words that are added rewrite nothing`() {
    let steady = rewrites("It", "It was", final: "It was the best")
    #expect((steady.words, steady.rewritten, steady.partials) == (4, 0, 2))
  }

  @Test func `a word that changes, moves or goes is rewritten, and marks alone are counted apart`() {
    let changed = rewrites("It was.", "It was the", "It is", final: "It is")
    #expect((changed.rewritten, changed.reworded) == (3, 2))
    #expect(rewrites("one two three", final: "zero one two three").rewritten == 3)
  }

  @Test func `a false stop is one that the next text goes on behind`() {
    #expect(rewrites("It was.", "It was the best.", final: "It was the best.").falseStops == 1)
  }

  @Test func `doubled marks and small letters behind a sentence are found`() {
    var marks = WrittenMarks()
    marks.add("One,, two. three... Four at 5 p.m. today. Well..")
    #expect((marks.doubled, marks.small) == (2, 2))
  }
}
