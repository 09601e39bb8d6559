import Recognition
import Testing

@testable import Dialects

struct ReplyTranscriptTests {
  private var transcript = ReplyTranscript()

  private mutating func take(_ updates: TranscriptUpdate...) {
    for update in updates { transcript.take(update, isContinuous: true) }
  }

  private mutating func reply() -> ReplyTranscript.Text { transcript.reply(isContinuous: true) }

  @Test mutating func `silence is an empty text that may change`() {
    #expect(reply() == .init(text: "", isFinal: false, segment: 1))
    #expect(reply() == .init(text: "", isFinal: false, segment: 1))
  }

  @Test mutating func `an utterance grows, is final once, and the next follows`() {
    take(.partial(1, "one"))
    #expect(reply() == .init(text: "one", isFinal: false, segment: 1))
    take(.partial(1, "one two"))
    #expect(reply().text == "one two")
    take(.final(1, "One two."))
    #expect(
      reply()
        == .init(text: "One two.", isFinal: true, segment: 1, finished: [TranscriptUpdate.final(1, "One two.").segment])
    )
    #expect(reply() == .init(text: "", isFinal: false, segment: 2))
  }

  @Test mutating func `segments that ended between two replies are all listed, then the open one is next`() {
    take(.final(1, "a"), .final(2, "b"), .partial(3, "c"))
    let first = reply()
    #expect((first.text, first.isFinal, first.segment) == ("b", true, 2))
    #expect(first.finished.map(\.text) == ["a", "b"])
    #expect(reply() == .init(text: "c", isFinal: false, segment: 3))
  }

  @Test mutating func `a withdrawn segment is an empty final`() {
    take(.partial(1, "hm"))
    #expect(reply().text == "hm")
    take(.final(1, ""))
    #expect(reply() == .init(text: "", isFinal: true, segment: 1))
    #expect(reply() == .init(text: "", isFinal: false, segment: 2))
  }

  @Test mutating func `the newest of a withdrawn and a finished segment is the text`() {
    take(.final(1, ""), .final(2, "b"))
    let first = reply()
    #expect((first.text, first.segment, first.finished.map(\.number)) == ("b", 2, [2]))
    take(.final(3, "c"), .final(4, ""))
    let second = reply()
    #expect((second.text, second.segment, second.finished.map(\.number)) == ("", 4, [3]))
  }

  @Test mutating func `the reply to a flush has what is new, or repeats the last final`() {
    take(.final(1, "a"))
    #expect(transcript.flush().finished.map(\.number) == [1])
    #expect(transcript.flush() == .init(text: "a", isFinal: true, segment: 1))
    take(.partial(2, "b"))
    #expect(reply() == .init(text: "b", isFinal: false, segment: 2))
  }

  @Test mutating func `with one text a chunk it is on the reply, and on that to a flush`() {
    for number in 1...2 { transcript.take(.final(number, "text \(number)"), isContinuous: false) }
    #expect(transcript.reply(isContinuous: false) == .init(text: "text 2", isFinal: true, segment: 2))
    #expect(transcript.flush() == .init(text: "text 2", isFinal: true, segment: 2))
  }
}
