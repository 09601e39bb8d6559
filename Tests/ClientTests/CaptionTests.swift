import Testing

@testable import Client
@testable import SpeechClient

struct CaptionTests {
  @Test func `an utterance begins with its range, a chunk's text with its start`() {
    let said = Caption(text: "a\nb", start: 0.35, end: 3.1, isUtterance: true)
    #expect(said.line == "[00:00.35–00:03.10] a b")
    #expect(said.head(dash: "-") == "[00:00.35-00:03.10] ")
    let late = Caption(text: "x", start: 3599.999, end: 3661.5, isUtterance: true)
    #expect(late.line == "[1:00:00.00–1:01:01.50] x")
    let chunk = Caption(text: "x", start: 10.4, end: 10.5)
    #expect(chunk.line == "x")
    #expect(chunk.head(dash: "-") == "0:10.4  ")
    #expect(Caption(text: "x").head(dash: "-") == "")
  }
}
