import Testing

@testable import Client

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

  @Test func `partials replace one another until the final text comes`() {
    var transcript = Transcript()
    #expect(transcript.take(text("he", 1, final: false)) == .partial)
    #expect(transcript.take(text("he", 1, final: false)) == .nothing)
    #expect(transcript.take(text("hello", 1, final: false)) == .partial)
    #expect(transcript.partial == "hello")
    #expect(transcript.take(text("Hello.", 1)) == .finals([caption("Hello.")]))
    #expect(transcript.partial == "")
    #expect(transcript.take(text("hello", 1, final: false)) == .nothing)
  }

  @Test func `the last text repeated at the end is not printed twice`() {
    var transcript = Transcript()
    #expect(transcript.take(text("a", 1)) == .finals([caption("a")]))
    #expect(transcript.take(text("a", 2)) == .finals([caption("a")]))
    #expect(transcript.take(text("a", 2)) == .nothing)
    #expect(transcript.take(text("b", 2)) == .finals([caption("b")]))
  }

  @Test func `a segment in which nothing was said gives no line, and what was shown of it goes`() {
    var transcript = Transcript()
    #expect(transcript.take(text("", 1)) == .nothing)
    _ = transcript.take(text("h", 2, final: false))
    #expect(transcript.take(text("", 2)) == .partial)
    #expect(transcript.partial == "")
  }

  @Test func `several utterances in one reply are a line each, each once, in their order`() {
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

  @Test func `the last utterance repeated at the end is known, with its list and without`() {
    var transcript = Transcript()
    _ = transcript.take(text("One.", 1, [segment(1, "One.")]))
    #expect(transcript.take(text("One.", 1)) == .nothing)
    #expect(transcript.take(text("One.", 1, [segment(1, "One.")])) == .nothing)
  }

  @Test func `utterances and words taken back in one reply are lines, and the open one goes`() {
    var transcript = Transcript()
    _ = transcript.take(text("uh", 2, final: false))
    #expect(transcript.take(text("", 2, [segment(1, "One.")])) == .finals([utterance(1, "One.")]))
    #expect(transcript.partial == "")
    #expect(transcript.take(text("next", 3, final: false)) == .partial)
  }
}

struct CaptionTests {
  @Test func `an utterance has its range before it, in hours where there are any; a chunk's text its start`() {
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

struct TimeAxisTests {
  @Test func `a session's times are the recording's, behind what came before it`() {
    var axis = TimeAxis()
    #expect(axis.place(of: 1) == 1)
    axis.sends(from: 0, shift: 12.5)
    axis.sends(from: 0.1, shift: 12.5)
    #expect(axis.start == 12.5)
    #expect(axis.place(of: 1) == 13.5)
    let caption = axis.place(Caption(text: "x", start: 1, end: 2, isUtterance: true))
    #expect((caption.start, caption.end) == (13.5, 14.5))
  }

  @Test func `sound thrown away within a session moves what comes after it and nothing before`() {
    var axis = TimeAxis()
    axis.sends(from: 0, shift: 0)
    axis.sends(from: 5, shift: 3)
    axis.sends(from: 6, shift: 4)
    #expect(axis.place(of: 4.9) == 4.9)
    #expect(axis.place(of: 5) == 8)
    #expect(axis.place(of: 10) == 14)
    // Sent again over another connection, as it was.
    axis.sends(from: 5, shift: 3)
    #expect(axis.place(of: 10) == 13)
    axis.sends(from: 6, shift: 4)
    #expect(axis.place(of: 10) == 14)
    axis.sends(from: 0, shift: 20)
    #expect(axis.place(of: 10) == 30)
  }
}
