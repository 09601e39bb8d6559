import Audio
import JSON
import Recognition
import Synchronization
import Testing
import WorkerLink

@testable import Worker

/// An engine that finishes when it is told to, from whatever thread.
private final class PatientEngine: RecognizerFactory, Sendable {
  private final class OneStream: Recognizer {
    let engine: PatientEngine
    init(_ engine: PatientEngine) { self.engine = engine }
    func accept(_ chunk: ChunkOfSound) -> Hypothesis { Hypothesis(text: "so far", final: false, segment: 1) }
    func recall(_ chunk: ChunkOfSound) {}
    func finish(_ done: @escaping @Sendable (Hypothesis) -> Void) { engine.waiting.withLock { $0.append(done) } }
  }

  let waiting = Mutex<[@Sendable (Hypothesis) -> Void]>([])

  func recognizer(stream: UInt64, format: AudioFormat, from: Checkpoint) -> any Recognizer { OneStream(self) }

  func finishAll(_ hypothesis: Hypothesis) {
    for done in waiting.withLock({ $0 }) { done(hypothesis) }
  }
}

/// An engine on which stream 5 is behind until it is told otherwise.
private final class BusyEngine: RecognizerFactory, Sendable {
  private final class OneStream: Recognizer {
    let stream: UInt64
    let engine: BusyEngine
    init(_ stream: UInt64, _ engine: BusyEngine) { (self.stream, self.engine) = (stream, engine) }
    func accept(_ chunk: ChunkOfSound) -> Hypothesis { Hypothesis(text: "\(stream)", final: false, segment: 4) }
    func recall(_ chunk: ChunkOfSound) {}
    func finish(_ done: @escaping @Sendable (Hypothesis) -> Void) {}
    var isBehind: Bool { stream == 5 && engine.waiting.withLock { !$0.isCaughtUp } }
    func whenCaughtUp(_ done: @escaping @Sendable () -> Void) { engine.waiting.withLock { $0.done.append(done) } }
  }

  private let waiting = Mutex<(isCaughtUp: Bool, done: [@Sendable () -> Void])>((false, []))

  func recognizer(stream: UInt64, format: AudioFormat, from: Checkpoint) -> any Recognizer {
    OneStream(stream, self)
  }

  func catchUp() {
    let done = waiting.withLock { waiting in
      waiting.isCaughtUp = true
      return waiting.done
    }
    for call in done { call() }
  }
}

/// An engine that notes what it is given.
private final class ListeningEngine: RecognizerFactory, Sendable {
  private final class OneStream: Recognizer {
    let engine: ListeningEngine
    init(_ engine: ListeningEngine) { self.engine = engine }
    func accept(_ chunk: ChunkOfSound) -> Hypothesis {
      recall(chunk)
      return Hypothesis(text: "", final: false, segment: 1)
    }
    func recall(_ chunk: ChunkOfSound) { engine.heard.withLock { $0.append(chunk.bytes.count) } }
    func finish(_ done: @escaping @Sendable (Hypothesis) -> Void) {}
  }

  let heard = Mutex<[Int]>([])
  let checkpoint = Mutex<Checkpoint?>(nil)

  func recognizer(stream: UInt64, format: AudioFormat, from checkpoint: Checkpoint) -> any Recognizer {
    self.checkpoint.withLock { $0 = checkpoint }
    return OneStream(self)
  }
}

@Suite struct StreamTableTests {
  private static let odd = Hypothesis(
    text: "she said \"so\\it\" is\n\u{1}", final: true, segment: 2,
    finished: [Segment(segment: 1, start: 0.5, end: 1.25, text: "a \"first\"")])

  private func chunk(_ seq: UInt64) -> WorkerRequest {
    .chunk(.standard(stream: 5, seq: seq, bytes: 4), UnsafeRawBufferPointer(start: nil, count: 0))
  }

  private func texts(_ writer: borrowing FrameWriter) throws -> [String] {
    var reader = FrameReader()
    reader.room().copyBytes(from: writer.bytes)
    reader.commit(writer.count)
    var texts: [String] = []
    while let reply = try reader.nextReply() {
      if case .result(_, let text) = reply { texts.append(String(decoding: text, as: UTF8.self)) }
    }
    return texts
  }

  @Test func `an engine may finish later`() throws {
    let engine = PatientEngine()
    var table = try StreamTable(engines: Engines(mock: engine))
    var writer = FrameWriter()
    #expect(table.handle(chunk(1), into: &writer))
    #expect(table.handle(.finish(stream: 5, seq: 1), into: &writer))
    // Sound that comes meanwhile is answered, and doesn't change which chunk the finish is about.
    #expect(table.handle(chunk(2), into: &writer))
    #expect(table.pendingFinishes == 1)
    #expect(try texts(writer).count == 2)
    engine.finishAll(Self.odd)
    table.collect(into: &writer)
    #expect(table.pendingFinishes == 0)
    let last = try #require(try texts(writer).last)
    let value = try JSONValue(parsing: last)
    #expect(value["seq"]?.integer == 1)
    #expect(value["final"]?.bool == true)
    #expect(value["transcription"]?.string == Self.odd.text)
    #expect(last.hasSuffix(#","segments":[{"segment":1,"start":0.5,"end":1.25,"text":"a \"first\""}]}"#))
  }

  @Test func `a finish repeats the figures of a chunk that was answered elsewhere`() throws {
    var table = try StreamTable(engines: Engines())
    var writer = FrameWriter()
    var header = ChunkHeader.standard(stream: 5, seq: 7, bytes: 4)
    header.startFrame = 16_000
    let levels = Levels(samples: 1600, sumOfSquares: 400, peak: 0.75, clipped: 2)
    #expect(table.handle(.recall(header, frames: 1600, levels: levels), into: &writer))
    #expect(writer.count == 0)
    #expect(table.handle(.finish(stream: 5, seq: 7), into: &writer))
    let text = try #require(try texts(writer).first)
    #expect(text.hasPrefix(#"{"seq":7,"transcription":"mock transcription for client 5 msg#7 (binary 4 bytes)","#))
    #expect(text.contains(#""rms":0.5,"dbfs":-6.02059991327962,"peak":0.75,"clipped":2,"duration":0.1,"start":1.0,"#))
  }

  @Test func `what is finished for a stream that has ended interests nobody`() throws {
    let engine = PatientEngine()
    var table = try StreamTable(engines: Engines(mock: engine))
    var writer = FrameWriter()
    #expect(table.handle(chunk(1), into: &writer))
    #expect(table.handle(.finish(stream: 5, seq: 1), into: &writer))
    #expect(table.handle(.end(stream: 5), into: &writer))
    #expect(table.count == 0)
    let before = writer.count
    engine.finishAll(Self.odd)
    table.collect(into: &writer)
    #expect(table.pendingFinishes == 0)
    #expect(writer.count == before)
  }

  /// What is in there of streams that are to be held or released.
  private func holds(_ writer: borrowing FrameWriter) throws -> [String] {
    var reader = FrameReader()
    reader.room().copyBytes(from: writer.bytes)
    reader.commit(writer.count)
    var holds: [String] = []
    while let reply = try reader.nextReply() {
      switch reply {
      case .hold(let stream): holds.append("hold \(stream)")
      case .release(let stream): holds.append("release \(stream)")
      case .result(let header, _): holds.append("\(header.stream):\(header.seq)")
      default: Issue.record("\(reply)")
      }
    }
    return holds
  }

  @Test func `a stream that is behind is held until it has caught up, and answered all the time`() throws {
    let engine = BusyEngine()
    var table = try StreamTable(engines: Engines(mock: engine))
    var writer = FrameWriter()
    func chunk(_ stream: UInt64, _ seq: UInt64) -> WorkerRequest {
      .chunk(.standard(stream: stream, seq: seq, bytes: 4), UnsafeRawBufferPointer(start: nil, count: 0))
    }
    for chunk in [chunk(5, 1), chunk(5, 2), chunk(6, 1)] { #expect(table.handle(chunk, into: &writer)) }
    engine.catchUp()
    #expect(table.handle(chunk(5, 3), into: &writer))
    table.collect(into: &writer)
    #expect(table.handle(chunk(5, 4), into: &writer))
    #expect(try holds(writer) == ["5:1", "hold 5", "5:2", "6:1", "5:3", "release 5", "5:4"])
  }

  @Test func `a stream that ends while it is held is forgotten`() throws {
    let engine = BusyEngine()
    var table = try StreamTable(engines: Engines(mock: engine))
    var writer = FrameWriter()
    #expect(table.handle(chunk(1), into: &writer))
    #expect(table.handle(.end(stream: 5), into: &writer))
    engine.catchUp()
    table.collect(into: &writer)
    #expect(try holds(writer) == ["5:1", "hold 5"])
  }

  @Test func `a chunk that was answered already is taken without a reply, and can be repeated`() throws {
    var table = try StreamTable(engines: Engines())
    var writer = FrameWriter()
    var header = ChunkHeader.standard(stream: 5, seq: 7, bytes: 4)
    header.isAnswered = true
    #expect(table.handle(.chunk(header, UnsafeRawBufferPointer(start: nil, count: 0)), into: &writer))
    #expect(writer.count == 0)
    #expect(table.handle(.finish(stream: 5, seq: 7), into: &writer))
    #expect(try texts(writer).count == 1)
  }

  @Test(arguments: [(0, 0, 8), (0, 3, 2), (4, 4, 8), (4, 6, 4), (4, 8, 0), (4, 100, 0), (10, 4, 8)])
  func `the engine gets what is not before the checkpoint`(startFrame: UInt64, checkpoint: UInt64, bytes: Int) throws {
    let engine = ListeningEngine()
    var table = try StreamTable(engines: Engines(mock: engine))
    var writer = FrameWriter()
    var header = ChunkHeader.standard(stream: 5, seq: 1, startFrame: startFrame, bytes: 8)
    header.checkpoint = Checkpoint(frame: checkpoint, segments: 3, isOpen: true)
    for _ in 0..<2 {
      [UInt8](repeating: 0, count: 8).withUnsafeBytes { #expect(table.handle(.chunk(header, $0), into: &writer)) }
    }
    // Only the first chunk of a stream on a worker can lie before it.
    #expect(engine.heard.withLock { $0 } == [bytes, 8])
    #expect(engine.checkpoint.withLock { $0 } == header.checkpoint)
  }

  @Test func `streams are held from their first chunk to their end`() throws {
    var table = try StreamTable(engines: Engines())
    var writer = FrameWriter()
    for stream in 1...1000 as ClosedRange<UInt64> {
      #expect(
        table.handle(
          .chunk(.standard(stream: stream, seq: 1, bytes: 0), UnsafeRawBufferPointer(start: nil, count: 0)),
          into: &writer))
    }
    #expect(table.count == 1000)
    for stream in 1...1000 as ClosedRange<UInt64> { #expect(table.handle(.end(stream: stream), into: &writer)) }
    #expect(table.handle(.end(stream: 4711), into: &writer))
    #expect(table.count == 0)
    #expect(!table.handle(.shutdown, into: &writer))
  }
}
