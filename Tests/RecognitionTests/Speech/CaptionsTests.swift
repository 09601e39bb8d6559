import Testing

@testable import Recognition

@Suite struct CaptionsTests {
  private var captions = Captions()

  @Test mutating func `silence is an empty text that may change`() {
    #expect(captions.tell() == Hypothesis(text: "", final: false, segment: 1))
    #expect(captions.tell() == Hypothesis(text: "", final: false, segment: 1))
  }

  @Test func `numbers go on where another recognizer stopped`() {
    var captions = Captions(segmentsBefore: 4)
    captions.look("one")
    #expect(captions.tell() == Hypothesis(text: "one", final: false, segment: 5))
  }

  @Test mutating func `an utterance grows, is told as final once, and the next follows`() {
    captions.look("one")
    #expect(captions.tell() == Hypothesis(text: "one", final: false, segment: 1))
    captions.look("one two")
    #expect(captions.tell().text == "one two")
    captions.finish("One two.", start: 0.100_04, end: 1.25)
    let segment = Segment(segment: 1, start: 0.1, end: 1.25, text: "One two.")
    #expect(captions.tell() == Hypothesis(text: "One two.", final: true, segment: 1, finished: [segment]))
    #expect(captions.tell() == Hypothesis(text: "", final: false, segment: 2))
  }

  @Test mutating func `several that ended between two replies are all told`() {
    captions.finish("a", start: 0, end: 1)
    captions.finish("b", start: 1, end: 2)
    captions.look("c")
    let told = captions.tell()
    #expect(told.text == "b")
    #expect(told.final)
    #expect(told.segment == 2)
    #expect(told.finished.map(\.text) == ["a", "b"])
    #expect(captions.tell() == Hypothesis(text: "c", final: false, segment: 3))
  }

  @Test mutating func `words that turn out to be none are taken back as an empty final`() {
    captions.look("hm")
    #expect(captions.tell().text == "hm")
    captions.finish("", start: 0, end: 1)
    #expect(captions.tell() == Hypothesis(text: "", final: true, segment: 1))
    #expect(captions.tell() == Hypothesis(text: "", final: false, segment: 2))
  }

  @Test mutating func `no number is used up by what was never told`() {
    captions.look("hm")
    captions.finish("", start: 0, end: 1)
    #expect(captions.tell() == Hypothesis(text: "", final: false, segment: 1))
  }

  @Test mutating func `the answer to a finish is final, and no number told as final comes again`() {
    #expect(captions.tellAll() == Hypothesis(text: "", final: true, segment: 1))
    #expect(captions.tell() == Hypothesis(text: "", final: false, segment: 2))
    captions.finish("a", start: 0, end: 1)
    let first = captions.tellAll()
    #expect(first.finished.map(\.segment) == [2])
    #expect(captions.tellAll() == Hypothesis(text: "a", final: true, segment: 2))
    captions.look("b")
    #expect(captions.tell() == Hypothesis(text: "b", final: false, segment: 3))
  }
}
