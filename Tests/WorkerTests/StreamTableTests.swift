import Audio
import EngineMock
import Recognition
import Synchronization
import Testing
import WorkerLink

@testable import Worker

@Suite final class StreamTableTests {
  private static let id = StreamID.test(5)
  private static let words = TranscriptUpdate(
    segment: Segment(
      number: 1, start: 0.5, end: 1.25, text: "she said", words: [Word(text: "she", start: 0.5, end: 0.75)],
      language: "en"),
    stableWords: 1, isFinal: true)
  private static let progress = RecognitionProgress(checkpoint: Checkpoint(frame: 20_000, segments: 1))

  private let engine = TestEngine()
  private var table: StreamTable
  private let writer = FrameWriter()

  init() throws {
    let engine = engine
    let entry = EngineEntry("test", isContinuous: true, flags: "") { _ throws(EngineProblem) in engine }
    table = try StreamTable(engines: EngineCatalog(EngineCatalog.all + [entry], loading: ["mock", "test"]))
  }

  private func handle(_ request: WorkerRequest) -> Bool { table.handle(request, into: writer) }

  private func open(_ id: StreamID = id, engine: String = "test", from: Checkpoint = Checkpoint(frame: 0)) {
    #expect(handle(.open(id, StreamRequest(format: .standard, engine: engine), from: from)))
  }

  private func chunk(
    _ seq: Int, of id: StreamID = id, startFrame: Int = 0, bytes: Int = 0, isAnswered: Bool = false, offset: Int = 0,
    isLast: Bool = true
  ) {
    let header = ChunkHeader(
      stream: id, seq: seq, startFrame: startFrame, chunkBytes: bytes, isAnswered: isAnswered)
    [UInt8](repeating: 0x40, count: bytes).withUnsafeBytes {
      #expect(handle(.chunk(header, ChunkPiece(offset: offset, isLast: isLast, bytes: $0))))
    }
  }

  /// What was written since this was called last.
  private func replies() throws -> [WorkerReply] {
    var reader = FrameReader()
    var replies: [WorkerReply] = []
    while writer.count > 0 {
      let count = writer.bytes.count
      reader.room().copyBytes(from: writer.bytes)
      reader.commit(count)
      writer.consume(count)
      while let reply = try reader.nextReply() { replies.append(reply) }
    }
    return replies
  }

  @Test func `words, times and language of a pushed update reach the link without a chunk`() throws {
    open()
    engine.push(Self.words, Self.progress)
    table.collect(into: writer)
    #expect(try replies() == [.updates(Self.id, Self.progress, [Self.words])])
    table.collect(into: writer)
    #expect(try replies().isEmpty)
  }

  @Test func `what waits to be decoded is told with results and updates`() throws {
    open()
    engine.backlogSeconds.withLock { $0 = 1.25 }
    chunk(1, bytes: 4)
    guard case .result(let result, _)? = try replies().first else {
      Issue.record("no result")
      return
    }
    #expect(result.progress.backlogSeconds == 1.25)
    engine.backlogSeconds.withLock { $0 = 0.5 }
    engine.push(Self.words, Self.progress)
    table.collect(into: writer)
    guard case .updates(_, let progress, _)? = try replies().first else {
      Issue.record("no update")
      return
    }
    #expect(progress.backlogSeconds == 0.5)
    #expect(progress.checkpoint == Self.progress.checkpoint)
  }

  @Test func `how long decodings took is told before their texts, once, and not to gateways of an earlier version`()
    throws
  {
    let times = [DecodingTime(seconds: 0.25, isFinal: false), DecodingTime(seconds: 1.5, isFinal: true)]
    for version in [LinkVersion.withDecodings, LinkVersion.withDecodings - 1] {
      #expect(handle(.welcome(version: version)))
      open()
      for time in times { engine.decoded(time) }
      engine.push(Self.words, Self.progress)
      table.collect(into: writer)
      let told = version == LinkVersion.withDecodings ? times : []
      let text = WorkerReply.updates(Self.id, Self.progress, [Self.words])
      #expect(try replies() == told.map { .decoded(Self.id, $0) } + [text])
      chunk(1, bytes: 4)
      #expect(try replies().count == 1)
    }
  }

  @Test func `a text that is all there is has a result of its own form, and its place among updates`() throws {
    func text(_ segment: Int) -> FinalText {
      FinalText(segment: segment, start: 1.5, end: 2, text: "yes", words: 1)
    }
    open()
    engine.push(text(2))
    chunk(1, bytes: 4)
    guard case .text(let result)? = try replies().first else {
      Issue.record("no text")
      return
    }
    #expect(result.text == text(2) && result.seq == 1 && result.levels.samples == 2)
    table.collect(into: writer)
    #expect(try replies().isEmpty)
    engine.push(text(3))
    engine.push(Self.words, RecognitionProgress())
    engine.push(text(4))
    chunk(2, bytes: 4)
    #expect(try replies().first?.result?.updates == [text(3).update, Self.words, text(4).update])
    engine.push(text(5))
    table.collect(into: writer)
    #expect(try replies() == [.updates(Self.id, RecognitionProgress(), [text(5).update])])
  }

  @Test func `what was pushed before a result travels with it, once`() throws {
    open()
    engine.push(Self.words, Self.progress)
    chunk(1, bytes: 4)
    guard case .result(let result, let updates)? = try replies().first else {
      Issue.record("no result")
      return
    }
    #expect(result.progress == Self.progress && result.seq == 1 && result.levels.samples == 2)
    #expect(updates == [Self.words])
    table.collect(into: writer)
    #expect(try replies().isEmpty)
  }

  @Test func `a partial replaces the one before that was not sent, and a final follows finals`() throws {
    open()
    for number in 1...3 {
      for text in ["a", "a b", "a b c"] {
        let segment = Segment(number: number, start: 0, end: 1, text: text)
        engine.push(TranscriptUpdate(segment: segment, stableWords: 0, isFinal: text == "a b c"), Self.progress)
      }
    }
    engine.push(
      TranscriptUpdate(segment: Segment(number: 4, start: 1, end: 2, text: "d"), stableWords: 0, isFinal: false),
      Self.progress)
    table.collect(into: writer)
    guard case .updates(_, _, let updates)? = try replies().first else {
      Issue.record("no updates")
      return
    }
    #expect(updates.map(\.segment.text) == ["a b c", "a b c", "a b c", "d"])
  }

  @Test func `more updates than fit into a frame come in several, each with its own checkpoint`() throws {
    open()
    for number in 1...20 {
      let segment = Segment(number: number, start: 0, end: 1, text: String(repeating: "x", count: 30_000))
      engine.push(
        TranscriptUpdate(segment: segment, stableWords: 1, isFinal: true),
        RecognitionProgress(checkpoint: Checkpoint(frame: UInt64(number), segments: number)))
    }
    chunk(1)
    var segments = 0
    for reply in try replies() {
      switch reply {
      case .updates(_, let progress, let updates):
        segments += updates.count
        #expect(progress.checkpoint?.segments == segments)
      case .result(let result, let updates):
        segments += updates.count
        #expect(result.progress.checkpoint?.segments == segments)
      default: Issue.record("\(reply)")
      }
    }
    #expect(segments == 20)
  }

  @Test func `an engine may finish later`() throws {
    open()
    chunk(1)
    #expect(handle(.finish(Self.id, seq: 1)))
    // Audio that arrives in the meantime is answered, and doesn't change which chunk the finish is about.
    chunk(2)
    #expect(table.pendingFinishes == 1)
    #expect(try replies().count == 2)
    engine.push(Self.words, Self.progress)
    engine.finishAll()
    table.collect(into: writer)
    #expect(table.pendingFinishes == 0)
    #expect(
      try replies() == [
        .updates(Self.id, Self.progress, [Self.words]), .finished(Self.id, seq: 1, Self.progress, []),
      ])
  }

  @Test func `a stream that is closed while it finishes is answered no more`() throws {
    open()
    chunk(1)
    #expect(handle(.finish(Self.id, seq: 1)))
    #expect(handle(.close(Self.id)))
    #expect(table.count == 0)
    _ = try replies()
    engine.push(Self.words, Self.progress)
    engine.finishAll()
    table.collect(into: writer)
    #expect(table.pendingFinishes == 0)
    #expect(try replies().isEmpty)
  }

  @Test func `a stream that is opened again gets nothing of the one before`() throws {
    open()
    engine.push(Self.words, Self.progress)
    open(engine: "mock")
    table.collect(into: writer)
    #expect(try replies().isEmpty)
  }

  @Test func `what a stream is owed when it is opened again is answered then, once`() throws {
    // A WAV header with a flush in the middle: the recognizer of the first part is replaced when the format is known.
    open()
    chunk(1)
    engine.isBehind.withLock { $0 = true }
    chunk(1, isAnswered: true)
    for _ in 1...2 { #expect(handle(.finish(Self.id, seq: 1))) }
    _ = try replies()
    open(engine: "mock")
    chunk(2)
    engine.finishAll()
    engine.catchUp()
    table.collect(into: writer)
    let log = try replies().map { reply -> String in
      switch reply {
      case .finished(_, let seq, _, _): "finished \(seq)"
      case .behind(_, let isBehind): "behind \(isBehind)"
      case .result, .text: "result \(reply.result?.chunk.seq ?? 0)"
      default: "\(reply)"
      }
    }
    #expect(log == ["finished 1", "finished 1", "behind false", "result 2"])
    #expect(table.pendingFinishes == 0)
  }

  @Test func `so is one that cannot be opened again`() throws {
    open()
    chunk(1)
    #expect(handle(.finish(Self.id, seq: 1)))
    _ = try replies()
    open(engine: "speech")
    #expect(try replies() == [.finished(Self.id, seq: 1, RecognitionProgress(), [])])
  }

  @Test func `a stream that is behind is reported until it has caught up, and answered all the time`() throws {
    open()
    open(.test(6), engine: "mock")
    engine.isBehind.withLock { $0 = true }
    chunk(1)
    chunk(2)
    chunk(1, of: .test(6))
    engine.catchUp()
    chunk(3)
    table.collect(into: writer)
    chunk(4)
    let log = try replies().map { reply -> String in
      switch reply {
      case .behind(let stream, let isBehind): "\(stream.number) behind \(isBehind)"
      case .result, .text: reply.result.map { "\($0.chunk.stream.number):\($0.chunk.seq)" } ?? ""
      default: "\(reply)"
      }
    }
    #expect(log == ["5:1", "5 behind true", "5:2", "6:1", "5:3", "5 behind false", "5:4"])
  }

  @Test func `a chunk that was answered elsewhere is context alone, and can be finished`() throws {
    open(engine: "mock")
    chunk(7, isAnswered: true)
    #expect(try replies().isEmpty)
    #expect(handle(.finish(Self.id, seq: 7)))
    #expect(try replies() == [.finished(Self.id, seq: 7, RecognitionProgress(), [])])
  }

  @Test(arguments: [(0, 0, 8), (0, 3, 2), (4, 4, 8), (4, 6, 4), (4, 8, 0), (4, 100, 0), (10, 4, 8)])
  func `the engine gets what is not before the checkpoint`(startFrame: Int, checkpoint: UInt64, bytes: Int) {
    let from = Checkpoint(frame: checkpoint, segments: 3, isOpen: true)
    open(from: from)
    chunk(1, startFrame: startFrame, bytes: 8)
    #expect(engine.heard.withLock { $0 } == [bytes])
    #expect(engine.checkpoint.withLock { $0 } == from)
  }

  @Test func `the pieces of a chunk are measured together and have one result`() throws {
    open()
    chunk(1, startFrame: 100, bytes: 4, offset: 0, isLast: false)
    chunk(1, startFrame: 100, bytes: 8, offset: 4, isLast: false)
    #expect(try replies().isEmpty)
    chunk(1, startFrame: 100, bytes: 2, offset: 12)
    guard case .result(let result, _)? = try replies().first else {
      Issue.record("no result")
      return
    }
    #expect(result.levels.samples == 7)
    #expect(engine.heard.withLock { $0 } == [4, 8, 2])
    #expect(engine.frames.withLock { $0 } == [100, 102, 106])
  }

  @Test func `a third engine is a line in the list`() throws {
    let entry = EngineEntry("echo", isContinuous: false, flags: "--engine echo") { _ throws(EngineProblem) in
      EchoFactory()
    }
    let engines = EngineCatalog(EngineCatalog.all + [entry], loading: ["echo"])
    #expect(engines.statuses.map(\.name) == ["mock", "speech", "echo"])
    #expect(engines.statuses.last == EngineStatus(name: "echo", state: .ready, isContinuous: false))
    #expect(
      engines.statuses.first?.state
        == .unavailable(reason: "not enabled: start audio-server with --engine mock"))
    let distant = EngineCatalog(loading: ["mock"], EngineOptions(isDistant: true))
    #expect(
      distant.statuses.last?.state
        == .unavailable(reason: "not enabled: start audio-worker with --engines speech"))
    table = try StreamTable(engines: engines)
    open(engine: "echo")
    chunk(1, bytes: 4)
    #expect(try replies().first?.result?.updates.map(\.segment.text) == ["4 bytes"])
  }

  @Test func `streams are held from open to close`() throws {
    for number in 1...1000 as ClosedRange<UInt64> { open(.test(number), engine: "mock") }
    #expect(table.count == 1000)
    for number in 1...1000 as ClosedRange<UInt64> {
      #expect(handle(.close(.test(number))))
    }
    #expect(handle(.close(.test(4711))))
    #expect(table.count == 0)
    #expect(!handle(.shutdown))
  }
}
