import Contract
import JSON
import Testing

@testable import SpeechClient

struct TranscriptTests {
  private func text(_ text: String, _ segment: Int, final: Bool = true, _ segments: [Reply.Segment] = []) -> Reply.Text
  {
    Reply.Text(seq: 1, text: text, isFinal: final, segment: segment, start: 2, duration: 0.5, segments: segments)
  }

  private func segment(_ number: Int, _ text: String) -> Reply.Segment {
    Reply.Segment(number: number, start: Double(number), end: Double(number) + 0.5, text: text)
  }

  private func caption(_ text: String) -> Caption { Caption(text: text, start: 2, end: 2.5) }

  private func utterance(_ number: Int, _ text: String) -> Caption {
    Caption(text: text, start: Double(number), end: Double(number) + 0.5, isUtterance: true)
  }

  @Test func `partials replace each other until the final text arrives`() {
    var transcript = Transcript()
    #expect(transcript.take(text("he", 1, final: false)) == .partial)
    #expect(transcript.take(text("he", 1, final: false)) == .nothing)
    #expect(transcript.take(text("hello", 1, final: false)) == .partial)
    #expect(transcript.partial == "hello")
    #expect(transcript.take(text("Hello.", 1)) == .finals([caption("Hello.")]))
    #expect(transcript.partial == "")
    #expect(transcript.take(text("hello", 1, final: false)) == .nothing)
  }

  @Test func `the last text, repeated at the end, is not printed twice`() {
    var transcript = Transcript()
    #expect(transcript.take(text("a", 1)) == .finals([caption("a")]))
    #expect(transcript.take(text("a", 2)) == .finals([caption("a")]))
    #expect(transcript.take(text("a", 2)) == .nothing)
    #expect(transcript.take(text("b", 2)) == .finals([caption("b")]))
  }

  @Test func `an empty segment gives no line, and its partial is removed`() {
    var transcript = Transcript()
    #expect(transcript.take(text("", 1)) == .nothing)
    _ = transcript.take(text("h", 2, final: false))
    #expect(transcript.take(text("", 2)) == .partial)
    #expect(transcript.partial == "")
  }

  @Test func `several utterances in one reply give a line each, once, in order`() {
    var transcript = Transcript()
    _ = transcript.take(text("one", 1, final: false))
    #expect(
      transcript.take(text("Two.", 2, [segment(1, "One."), segment(2, "Two.")]))
        == .finals([utterance(1, "One."), utterance(2, "Two.")]))
    #expect(transcript.partial == "")
    #expect(
      transcript.take(text("Three.", 3, [segment(2, "Two."), segment(3, "Three.")]))
        == .finals([utterance(3, "Three.")]))
  }

  @Test func `the last utterance, repeated at the end, is known with and without its list`() {
    var transcript = Transcript()
    _ = transcript.take(text("One.", 1, [segment(1, "One.")]))
    #expect(transcript.take(text("One.", 1)) == .nothing)
    #expect(transcript.take(text("One.", 1, [segment(1, "One.")])) == .nothing)
  }

  @Test func `a reply with utterances and a withdrawn segment gives lines and removes the partial`() {
    var transcript = Transcript()
    _ = transcript.take(text("uh", 2, final: false))
    #expect(transcript.take(text("", 2, [segment(1, "One.")])) == .finals([utterance(1, "One.")]))
    #expect(transcript.partial == "")
    #expect(transcript.take(text("next", 3, final: false)) == .partial)
  }
}

struct TimelineMapTests {
  @Test func `times of a session are mapped to the recording, after earlier audio`() {
    var timeline = TimelineMap()
    #expect(timeline.place(of: 1) == 1)
    timeline.sends(from: 0, shift: 12.5)
    timeline.sends(from: 0.1, shift: 12.5)
    #expect(timeline.start == 12.5)
    #expect(timeline.place(of: 1) == 13.5)
    let caption = timeline.place(Caption(text: "x", start: 1, end: 2, isUtterance: true))
    #expect((caption.start, caption.end) == (13.5, 14.5))
  }

  @Test func `a text that ends where audio was dropped keeps its length`() {
    var timeline = TimelineMap(start: 1)
    timeline.sends(from: 0, shift: 1)
    timeline.sends(from: 5, shift: 4)
    let before = timeline.place(Caption(text: "x", start: 4, end: 5, isUtterance: true))
    #expect((before.start, before.end) == (5, 6))
    let after = timeline.place(Caption(text: "x", start: 5, end: 6, isUtterance: true))
    #expect((after.start, after.end) == (9, 10))
    let words = [WordMessage(word: "x", start: 5, end: 6)]
    let spoken = timeline.place(Caption(text: "x", start: 5, end: 6, isUtterance: true, words: words))
    #expect(spoken.words == [WordMessage(word: "x", start: 9, end: 10)])
  }

  @Test func `dropped audio moves later times and no earlier ones`() {
    var timeline = TimelineMap()
    timeline.sends(from: 0, shift: 0)
    timeline.sends(from: 5, shift: 3)
    timeline.sends(from: 6, shift: 4)
    #expect(timeline.place(of: 4.9) == 4.9)
    #expect(timeline.place(of: 5) == 8)
    #expect(timeline.place(of: 10) == 14)
    // Sent again over another connection, as it was.
    timeline.sends(from: 5, shift: 3)
    #expect(timeline.place(of: 10) == 13)
    timeline.sends(from: 6, shift: 4)
    #expect(timeline.place(of: 10) == 14)
    timeline.sends(from: 0, shift: 20)
    #expect(timeline.place(of: 10) == 30)
  }
}

/// Texts that the server pushes.
struct TranscriptUpdateTests {
  private func update(_ segment: Int, _ text: String, final: Bool = true) -> Reply.Update {
    Reply.Update(
      segment: Reply.Segment(number: segment, start: Double(segment), end: Double(segment) + 0.5, text: text),
      isFinal: final)
  }

  private func utterance(_ number: Int, _ text: String) -> Caption {
    Caption(text: text, start: Double(number), end: Double(number) + 0.5, isUtterance: true)
  }

  @Test func `pushed partials replace each other until the final text arrives`() {
    var transcript = Transcript()
    #expect(transcript.take(update(1, "he", final: false)) == .partial)
    #expect(transcript.take(update(1, "he", final: false)) == .nothing)
    #expect(transcript.take(update(1, "hello", final: false)) == .partial)
    #expect(transcript.partial == "hello")
    #expect(transcript.take(update(1, "Hello.")) == .finals([utterance(1, "Hello.")]))
    #expect(transcript.partial == "")
    #expect(transcript.lastFinal == "Hello.")
    #expect(transcript.lastSegment == 1)
  }

  @Test func `finals and partials that are repeated after a reconnection change nothing`() {
    var transcript = Transcript()
    _ = transcript.take(update(1, "One."))
    _ = transcript.take(update(2, "Two."))
    for number in 1...2 { #expect(transcript.take(update(number, "Other.")) == .nothing) }
    #expect(transcript.take(update(2, "two", final: false)) == .nothing)
    #expect(transcript.take(update(3, "Three.")) == .finals([utterance(3, "Three.")]))
  }

  @Test func `a segment that is withdrawn leaves no line and does not come back`() {
    var transcript = Transcript()
    _ = transcript.take(update(1, "uh", final: false))
    #expect(transcript.take(update(1, "")) == .partial)
    #expect(transcript.partial == "")
    #expect(transcript.take(update(1, "uh", final: false)) == .nothing)
    #expect(transcript.take(update(2, "")) == .nothing)
    #expect(transcript.lastSegment == 2)
  }

  @Test func `a final does not remove the partial of the next segment`() {
    var transcript = Transcript()
    _ = transcript.take(update(1, "one", final: false))
    #expect(transcript.take(update(2, "tw", final: false)) == .partial)
    #expect(transcript.take(update(1, "one more", final: false)) == .nothing)
    #expect(transcript.take(update(1, "One.")) == .finals([utterance(1, "One.")]))
    #expect(transcript.partial == "tw")
  }

  @Test func `measures without a text, and texts of a mock engine beside updates, are read`() throws {
    func reply(_ text: String) throws -> Reply { Reply(try JSONValue(parsing: text)) }
    #expect(try reply(#"{"seq":4,"rms":0.1,"dbfs":-20,"peak":0.2}"#) == .measured(seq: 4))
    #expect(try reply(#"{"seq":4}"#) == .other)
    var said = Reply.Segment(number: 2, start: 1, end: 2, text: "x")
    said.language = "en"
    said.words = [WordMessage(word: "x", start: 1.1, end: 1.9)]
    #expect(
      try reply(
        #"{"type":"update","segment":2,"transcription":"x","stable":1,"final":true,"start":1,"end":2,"language":"en","#
          + #""words":[{"word":"x","start":1.1,"end":1.9}]}"#)
        == .update(Reply.Update(segment: said, isFinal: true, stableWords: 1)))
    #expect(try reply(#"{"type":"update","segment":2,"transcription":"x","start":-1,"end":2}"#) == .other)
    var transcript = Transcript()
    let mock = Reply.Text(seq: 1, text: "mock", isFinal: true, segment: 1)
    #expect(transcript.take(mock) == .finals([Caption(text: "mock")]))
    #expect(transcript.take(mock) == .nothing)
  }
}
