import Recognition
import Synchronization
import Testing
import Wire
import WorkerLink

@testable import Worker

/// An engine that finishes when it is told to, from whatever thread.
private final class PatientEngine: RecognizerFactory, Sendable {
  private final class OneStream: Recognizer {
    let engine: PatientEngine
    init(_ engine: PatientEngine) { self.engine = engine }
    func accept(_ chunk: ChunkOfSound) -> Hypothesis { Hypothesis(text: "so far", final: false, segment: 1) }
    func finish(_ done: @escaping @Sendable (Hypothesis) -> Void) { engine.waiting.withLock { $0.append(done) } }
  }

  let waiting = Mutex<[@Sendable (Hypothesis) -> Void]>([])

  func recognizer(stream: UInt64, format: AudioFormat, segmentsBefore: Int) -> any Recognizer { OneStream(self) }

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
    func finish(_ done: @escaping @Sendable (Hypothesis) -> Void) {}
    var isBehind: Bool { stream == 5 && engine.waiting.withLock { !$0.isCaughtUp } }
    func whenCaughtUp(_ done: @escaping @Sendable () -> Void) { engine.waiting.withLock { $0.done.append(done) } }
  }

  private let waiting = Mutex<(isCaughtUp: Bool, done: [@Sendable () -> Void])>((false, []))

  func recognizer(stream: UInt64, format: AudioFormat, segmentsBefore: Int) -> any Recognizer {
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

  @Test func `a result says how many segments are final`() throws {
    var table = try StreamTable(engines: Engines(mock: BusyEngine()))
    var writer = FrameWriter()
    #expect(table.handle(chunk(1), into: &writer))
    var reader = FrameReader()
    reader.room().copyBytes(from: writer.bytes)
    reader.commit(writer.count)
    guard case .result(let header, _)? = try reader.nextReply() else {
      Issue.record("no result")
      return
    }
    // The fourth is still being said.
    #expect(header.settledSegments == 3)
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
