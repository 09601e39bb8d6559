import Scoring
import Testing

@Suite struct WordErrorsTests {
  @Test func `case, marks, hyphens and spellings are no errors`() {
    let errors = WordErrors(
      "He wasn’t an ill-disposed, Mr. Dashwood - 7 of clubs!",
      said: "he wasn't an ill disposed mister dashwood seven of clubs")
    #expect(errors.errors == 0)
    #expect(errors.words == 10)
  }

  @Test func `replaced, missing and added words are`() {
    #expect(WordErrors("a x c d", said: "a b c d").replaced == 1)
    #expect(WordErrors("a c d", said: "a b c d").missing == 1)
    #expect(WordErrors("a b b c d", said: "a b c d").added == 1)
    #expect(WordErrors("", said: "a b c d").rate == 1)
    #expect(WordErrors("a", said: "").added == 1)
    #expect(WordErrors("", said: "").rate == 0)
    #expect((WordErrors("a", said: "b") + WordErrors("c d e", said: "c d e")).rate == 0.25)
  }

  @Test func `errors are as few as can be`() {
    #expect(WordErrors("the cat sat on the mat", said: "cat sat on a mat today").errors == 3)
    #expect(WordErrors("b c d e a", said: "a b c d e").errors == 2)
  }
}

@Suite struct ScoredWordsTests {
  @Test(arguments: [
    ("'Tis O'Neil's dogs'. 21 -- ...", ["tis", "o'neil's", "dogs", "21"]),
    ("Dr. Who, St. Paul’s; Mrs. X", ["doctor", "who", "saint", "paul's", "missus", "x"]),
    ("0 9 20 OKAY ok", ["zero", "nine", "twenty", "ok", "ok"]),
    ("cold-hearted/selfish", ["cold", "hearted", "selfish"]),
    ("Ärger über Straße", ["ärger", "über", "straße"]),
    ("", []), (" ... -- ' ", []),
  ])
  func `words are compared without what only writing has`(_ text: String, _ words: [String]) {
    #expect(ScoredWords.words(in: text) == words)
  }
}

@Suite struct WordAlignmentTests {
  private func pairs(_ heard: String, _ said: String) -> [[Int?]] {
    WordAlignment(
      heard: heard.split(separator: " ").map(String.init), said: said.split(separator: " ").map(String.init)
    )
    .pairs.map { [$0.heard, $0.said] }
  }

  @Test func `each word meets its counterpart`() {
    #expect(pairs("a b c", "a b c") == [[0, 0], [1, 1], [2, 2]])
    #expect(pairs("a x c", "a b c") == [[0, 0], [1, 1], [2, 2]])
    #expect(pairs("a c", "a b c") == [[0, 0], [nil, 1], [1, 2]])
    #expect(pairs("z a b", "a b") == [[0, nil], [1, 0], [2, 1]])
    #expect(pairs("", "a") == [[nil, 0]])
    #expect(pairs("", "") == [])
  }
}
