import Recognition
import Testing

@testable import EngineSherpa

@Suite struct TranscriptBuilderTests {
  private var transcript = TranscriptBuilder()

  private func update(
    _ number: Int, _ text: String, stable: Int, isFinal: Bool, start: Double = 0, end: Double = 1
  ) -> TranscriptUpdate {
    TranscriptUpdate(
      segment: Segment(number: number, start: start, end: end, text: text), stableWords: stable, isFinal: isFinal)
  }

  @Test mutating func `an utterance grows, becomes final, and the next follows`() {
    #expect(
      transcript.updatePartial("one", start: 0, end: 1) == update(1, "one", stable: 0, isFinal: false))
    #expect(
      transcript.updatePartial("one two", start: 0, end: 2) == update(1, "one two", stable: 1, isFinal: false, end: 2))
    #expect(transcript.updatePartial("one two three", start: 0, end: 3)?.stableWords == 2)
    #expect(transcript.finalSegments == 0)
    #expect(
      transcript.finish("One two three.", start: 0.100_04, end: 3.25)
        == update(1, "One two three.", stable: 3, isFinal: true, start: 0.1, end: 3.25))
    #expect(transcript.finalSegments == 1)
    #expect(transcript.updatePartial("four", start: 4, end: 5)?.segment.number == 2)
  }

  @Test mutating func `a decoding that changes nothing is no update`() {
    #expect(transcript.updatePartial("", start: 0, end: 1) == nil)
    #expect(transcript.updatePartial("one", start: 0, end: 1) != nil)
    #expect(transcript.updatePartial("one", start: 0, end: 1.5) == nil)
    #expect(transcript.updatePartial("", start: 0, end: 2) == nil)
    // The same text becomes final, which is a change.
    #expect(transcript.finish("one", start: 0, end: 2)?.isFinal == true)
  }

  @Test mutating func `a decoding that only agrees says how many words will stay`() {
    #expect(transcript.updatePartial("one two", start: 0, end: 1)?.stableWords == 0)
    #expect(
      transcript.updatePartial("one two", start: 0, end: 2) == update(1, "one two", stable: 1, isFinal: false, end: 2))
    #expect(transcript.updatePartial("one two", start: 0, end: 3) == nil)
  }

  @Test func `numbers go on where another recognizer stopped`() {
    var transcript = TranscriptBuilder(segmentsBefore: 4)
    transcript.language = "en"
    let update = transcript.updatePartial("one", start: 0, end: 1)
    #expect(update?.segment.number == 5)
    #expect(update?.segment.language == "en")
  }

  @Test mutating func `words that turn out to be none are withdrawn by a final without text`() {
    _ = transcript.updatePartial("hm", start: 0, end: 1)
    #expect(transcript.finish("", start: 0, end: 1) == update(1, "", stable: 0, isFinal: true))
    #expect(transcript.finalSegments == 1)
    #expect(transcript.finish("a", start: 1, end: 2)?.segment.number == 2)
  }

  @Test mutating func `an utterance of which nothing was shown uses no number`() {
    #expect(transcript.finish("", start: 0, end: 1) == nil)
    #expect(transcript.finish("a", start: 1, end: 2)?.segment.number == 1)
  }

  @Test func `a finish without any final uses up a number, once`() {
    var transcript = TranscriptBuilder()
    let empty = transcript.finishStream(at: 2)
    #expect(empty?.segment.number == 1)
    #expect(empty?.segment.text == "")
    #expect(empty?.isFinal == true)
    #expect(transcript.finishStream(at: 3) == nil)
    #expect(transcript.finish("words", start: 3, end: 4)?.segment.number == 2)
    #expect(transcript.finishStream(at: 4) == nil)
  }
}
