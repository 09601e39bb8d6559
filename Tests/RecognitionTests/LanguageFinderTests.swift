import Recognition
import Testing

@Suite struct LanguageFinderTests {
  /// The settled language after utterances in these languages, a second apart.
  private func settled(_ utterances: (String, Double)..., quiet: Double = 1) -> String? {
    var finder = LanguageFinder()
    var now = 0.0
    for (language, seconds) in utterances {
      finder.take(finder.settled(at: now) ?? language, from: now, to: now + seconds)
      now += seconds + 1
    }
    return finder.settled(at: now - 1 + quiet)
  }

  @Test func `two utterances in a row that agree settle it`() {
    #expect(settled() == nil)
    #expect(settled(("ru", 2)) == nil)
    #expect(settled(("ru", 2), ("ru", 1)) == "ru")
    #expect(settled(("ru", 2), ("uk", 1)) == nil)
    #expect(settled(("ru", 2), ("uk", 1), ("ru", 1)) == nil)
    #expect(settled(("ru", 2), ("uk", 1), ("uk", 1)) == "uk")
  }

  @Test func `one of five seconds settles it`() {
    #expect(settled(("ru", 4.9)) == nil)
    #expect(settled(("ru", 5)) == "ru")
    #expect(settled(("uk", 2), ("ru", 5)) == "ru")
  }

  @Test func `it stays so until nobody has spoken for half a minute`() {
    #expect(settled(("ru", 5), ("en", 9), quiet: 29.9) == "ru")
    #expect(settled(("ru", 5), ("ru", 9), quiet: 30) == nil)
    var finder = LanguageFinder()
    finder.take("ru", from: 0, to: 6)
    finder.take("en", from: 40, to: 42)
    // One short utterance of another speaker.
    #expect(finder.settled(at: 43) == nil)
    finder.take("en", from: 43, to: 44)
    #expect(finder.settled(at: 45) == "en")
    // Two that agree over a long silence are not in a row.
    var other = LanguageFinder()
    other.take("ru", from: 0, to: 1)
    other.take("ru", from: 60, to: 61)
    #expect(other.settled(at: 62) == nil)
  }
}
