import Testing

@testable import EngineSherpa

@Suite struct WrittenTextTests {
  @Test(arguments: [
    ("the best of times,, the worst", "the best of times, the worst"), ("Well,. yes", "Well. Yes"),
    ("No!! Why??", "No! Why?"), ("Stop.. Go", "Stop. Go"), ("five , five", "five, five"), ("One. . Two", "One. Two"),
    ("Well... yes", "Well... yes"), ("Really?!", "Really?!"),
  ])
  func `a mark stands once`(_ heard: String, _ written: String) {
    #expect(WrittenText.tidied(heard) == written)
  }

  @Test(arguments: [
    ("It was the best of times. it was the worst.", "It was the best of times. It was the worst."),
    ("Who? he asked! “yes.” (so) it is", "Who? He asked! “Yes.” (So) it is"), ("Good. écoute", "Good. Écoute"),
  ])
  func `a sentence begins with a capital`(_ heard: String, _ written: String) {
    #expect(WrittenText.tidied(heard) == written)
  }

  @Test(arguments: [
    "Mr. von Trapp and Dr. de Vries", "at 5 p.m. on Monday", "cats vs. dogs", "J. r. Smith", "Buy it. iPhone sells.",
    "Version 1.5 is here", "so, well, then", "好的。再见",
  ])
  func `what looks like the end of a sentence and is none changes nothing`(_ text: String) {
    #expect(WrittenText.tidied(text) == text)
  }
}
