import CommandLine
import Testing

@testable import Client
@testable import SpeechClient

struct OutputNamesTests {
  @Test func `a file is named after its source, with the extension of its kind`() {
    #expect(OutputNames.name(for: "/a/b.c/talk.one.wav", .srt) == "talk.one.srt")
    #expect(OutputNames.name(for: "talk", .text) == "talk.txt")
    #expect(OutputNames.name(for: ".hidden", .json) == ".hidden.json")
    #expect(OutputNames.name(for: "-", .vtt) == "stdin.vtt")
  }

  @Test func `two sources with the same output file are refused, both by name`() throws {
    let error = #expect(throws: UsageError.self) {
      try OutputNames.paths(for: ["a/talk.wav", "x.wav", "b/talk.mp3"], in: "out/", .srt)
    }
    for part in ["a/talk.wav", "b/talk.mp3", "talk.srt"] { #expect(error?.message.contains(part) == true) }
    #expect(try OutputNames.paths(for: ["a/x.wav", "y"], in: "out/", .jsonl) == ["out/x.jsonl", "out/y.jsonl"])
  }
}

struct OutputTurnsTests {
  @Test func `a stream that ends out of turn waits, and the next ones are reported`() {
    var turns = OutputTurns()
    #expect(turns.finish(2) == nil)
    #expect(turns.finish(1) == nil)
    #expect(turns.turn == 0)
    #expect(turns.finish(0) == 1...3)
    #expect(turns.turn == 3)
    #expect(turns.finish(0) == nil)
    #expect(turns.finish(3) == 4...4)
  }
}

struct OrderedOutputTests {
  /// Keeps the written text.
  private final class Paper: ResultSink {
    var text = ""
    var isSeen: Bool { true }
    var isFull: Bool { false }
    var failure: String? { nil }
    func write(_ text: UnsafeRawBufferPointer) { self.text += String(decoding: text, as: UTF8.self) }
    func finish() {}
  }

  @Test func `results are in one piece and in order, those of the first stream at once`() {
    let paper = Paper()
    let output = OrderedOutput(to: paper)
    let sinks = (0..<3).map { output.sink($0) }
    sinks[1].write("b1\n")
    sinks[0].write("a1\n")
    #expect(paper.text == "a1\n")
    sinks[2].write("c1\n")
    sinks[2].finish()
    sinks[0].write("a2\n")
    sinks[0].finish()
    #expect(paper.text == "a1\na2\nb1\n")
    sinks[1].write("b2\n")
    #expect(paper.text == "a1\na2\nb1\nb2\n")
    sinks[1].finish()
    #expect(paper.text == "a1\na2\nb1\nb2\nc1\n")
  }

  @Test func `a stream that never writes delays no other`() {
    let paper = Paper()
    let output = OrderedOutput(to: paper)
    let last = output.sink(2)
    last.write("c\n")
    output.finish(1)
    output.finish(0)
    #expect(paper.text == "c\n")
  }

  @Test func `above the limit all streams wait but the one whose turn it is`() {
    let output = OrderedOutput(to: Paper(), limitBytes: 4)
    let sinks = (0..<3).map { output.sink($0) }
    sinks[1].write("b1\n")
    #expect(!sinks[1].isFull)
    sinks[1].write("b2\n")
    #expect(sinks.map(\.isFull) == [false, true, true])
    sinks[0].finish()
    #expect(sinks.map(\.isFull) == [false, false, false])
  }
}

struct StreamOutputTests {
  /// Keeps the written text, as a file does.
  private final class Paper: ResultSink {
    var text = ""
    var isSeen: Bool { false }
    var isFull: Bool { false }
    var failure: String? { nil }
    func write(_ text: UnsafeRawBufferPointer) { self.text += String(decoding: text, as: UTF8.self) }
    func finish() {}
  }

  private func written(_ kind: OutputKind, isOneOfMany: Bool = false) -> String {
    let paper = Paper()
    let output = StreamOutput(
      kind, of: StreamOutput.Source(kind: "file", name: "a.wav", isOneOfMany: isOneOfMany), to: paper,
      console: Console())
    output.begin()
    output.finals([Caption(text: "One.", start: 0.25, end: 1, isUtterance: true)])
    output.mark(StreamRecord.Mark(number: 1, seconds: 12.34))
    output.finals([Caption(text: "Two\nlines.", start: 62, end: 63.5, isUtterance: true)])
    return paper.text
  }

  @Test func `each kind has its lines`() {
    #expect(
      written(.text) == "[00:00.25–00:01.00] One.\n[00:12.3] mark 1\n[01:02.00–01:03.50] Two lines.\n")
    #expect(written(.plain) == "One.\nTwo lines.\n")
    #expect(
      written(.utterances) == """
        {"file":"a.wav","segment":1,"start":0.25,"end":1.0,"text":"One."}
        {"file":"a.wav","mark":1,"at":12.34}
        {"file":"a.wav","segment":2,"start":62.0,"end":63.5,"text":"Two\\nlines."}

        """)
    #expect(written(.vtt).contains("\nNOTE mark 1 at 00:12.3\n\n"))
    #expect(written(.json) == "")
    #expect(written(.jsonl) == "")
  }

  @Test func `lines of several files say which they are of`() {
    #expect(written(.text, isOneOfMany: true).hasPrefix("a.wav: [00:00.25–00:01.00] One.\n"))
    #expect(written(.plain, isOneOfMany: true) == "One.\nTwo lines.\n")
  }
}

struct KeyTests {
  @Test func `space pauses, m marks, q quits, and nothing else does anything`() {
    #expect(" mMqQ".utf8.map { Key($0) } == [.pause, .mark, .mark, .quit, .quit])
    #expect("\r\u{1B}xk".utf8.allSatisfy { Key($0) == nil })
  }

  @Test func `the keys are named while there is somebody to press them`() {
    var keys = KeyState()
    #expect(keys.lines(width: 80, ellipsis: "…") == [])
    keys.isListening = true
    #expect(keys.lines(width: 80, ellipsis: "…") == [StyledLine("space pauses, m marks, q quits", .dim)])
    #expect(keys.lines(width: 12, ellipsis: "…").map(\.width) == [12])
    keys.isPaused = true
    #expect(keys.lines(width: 80, ellipsis: "…")[0].text.hasPrefix("paused: space continues"))
  }
}

struct FileQueueTests {
  @Test func `files that are sent again and again have no end but the queue's`() {
    var queue = FileQueue(count: 1, jobs: 1, isLoop: true)
    for index in 0..<3 {
      #expect(queue.nextToOpen() == index)
      queue.opened(index)
      #expect(queue.nextToSend() == index)
      queue.serverAnswered()
      queue.ended(index)
      #expect(!queue.isOver)
    }
    queue.close()
    #expect(queue.isOver)
    #expect(queue.unsent == [])
  }

  @Test func `with one job a file is over before the next one is opened`() {
    var queue = FileQueue(count: 2, jobs: 1)
    #expect(queue.nextToOpen() == 0)
    #expect(queue.nextToOpen() == nil)
    #expect(queue.nextToSend() == nil)
    queue.opened(0)
    #expect(queue.nextToOpen() == nil)
    #expect(queue.nextToSend() == 0)
    queue.serverAnswered()
    queue.ended(0)
    #expect(!queue.isOver)
    #expect(queue.nextToOpen() == 1)
    queue.failed(1)
    #expect(queue.isOver)
    #expect(queue.unsent == [])
    #expect(queue.done == 2)
  }

  @Test func `only one file is sent until a server has answered`() {
    var queue = FileQueue(count: 5, jobs: 3)
    #expect([queue.nextToOpen(), queue.nextToOpen(), queue.nextToOpen(), queue.nextToOpen()] == [0, 1, 2, nil])
    queue.opened(2)
    #expect(queue.nextToSend() == 2)
    queue.opened(1)
    queue.opened(0)
    #expect(queue.nextToSend() == nil)
    queue.serverAnswered()
    #expect([queue.nextToSend(), queue.nextToSend(), queue.nextToSend()] == [0, 1, nil])
    queue.ended(2)
    #expect(queue.nextToOpen() == 3)
    #expect(queue.done == 1)
  }

  @Test func `a closed queue finishes the running files and lists the others`() {
    var queue = FileQueue(count: 4, jobs: 2)
    _ = queue.nextToOpen()
    _ = queue.nextToOpen()
    queue.opened(0)
    _ = queue.nextToSend()
    queue.close()
    #expect(!queue.isOver)
    queue.opened(1)
    #expect(queue.nextToSend() == nil)
    #expect(queue.nextToOpen() == nil)
    queue.ended(0)
    #expect(queue.isOver)
    #expect(queue.unsent == [1, 2, 3])
  }
}
