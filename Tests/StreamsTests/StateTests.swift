import Audio
import Recognition
import Support
import Testing

@testable import Streams

/// What is written of a stream, and the stream that is made of it.
struct StateTests {
  /// A stream that is certain to be samples, with chunks of 3200 bytes of which so many are answered.
  private func stream(
    chunks: Int, answered: Int, isContinuous: Bool = true, keepsChunks: Bool = true
  ) -> TestStream {
    let stream = TestStream(isContinuous: isContinuous)
    _ = stream.start(isResumable: true, keepsChunks: keepsChunks)
    for number in 1...chunks { stream.receive([UInt8](repeating: UInt8(number), count: 3200)) }
    stream { _ = $0.assigned(slot: 0, isReady: true) }
    for seq in 1...answered {
      stream.answer(seq, at: isContinuous ? Checkpoint(frame: 1600 * UInt64(seq / 2)) : nil)
      stream.record("result \(seq)", .result(ChunkMeasure(.small(seq), .standard, .loud)))
    }
    return stream
  }

  private func written(_ stream: TestStream, since cursor: inout StateCursor) -> [UInt8]? {
    var writer = StateWriter()
    let isWritten = stream { $0.writeState(since: &cursor, to: &writer) { $0.add("name") } }
    return isWritten ? writer.bytes : nil
  }

  private func restored(_ parts: [[UInt8]]) throws(StateError) -> TestStream {
    var stored = StoredStream()
    for part in parts {
      var reader = StateReader(part[...])
      try stored.take(&reader)
    }
    let session = try StreamSession(id: StreamID(gateway: 1, number: 7), stored, until: .seconds(60)) {
      rest throws(StateError) in
      guard try rest.text() == "name" else { throw StateError() }
    }
    return TestStream(session)
  }

  @Test(arguments: [true, false]) func `a stream goes on as it was`(isContinuous: Bool) throws {
    let before = stream(chunks: 6, answered: 4, isContinuous: isContinuous)
    before { _ = $0.flush() }
    var cursor = StateCursor()
    let after = try restored([#require(written(before, since: &cursor))])
    #expect(cursor.received == 6)
    #expect(after.totals == before.totals)
    #expect(after.transcript == before.transcript)
    #expect(after.audioBytes == before.audioBytes)
    #expect(after.lifetime == .detached(until: .seconds(60)))
    #expect(after.messages(after: 2) == ["result 3", "result 4"])
    #expect(after.audio(of: 5) == [UInt8](repeating: 5, count: 3200))
    // What was in flight is sent to a worker, and the flush is answered after it.
    #expect(after { $0.arrived() } == [.assign])
    let actions = after { $0.assigned(slot: 0, isReady: true) }
    #expect(actions.last == .finish(seq: 6, slot: 0))
    after.answer(5)
    after.answer(6)
    #expect(after.finish(6).contains { if case .emit(.flushed(6, _)) = $0 { true } else { false } })
    #expect(after.totals.replayed == 2)
  }

  @Test(arguments: [true, false])
  func `a stream with everything answered gets a worker for its end alone`(isContinuous: Bool) throws {
    let before = stream(chunks: 3, answered: 3, isContinuous: isContinuous)
    var cursor = StateCursor()
    let after = try restored([#require(written(before, since: &cursor))])
    _ = after { $0.resumed(answered: 3, segment: 0) }
    #expect(after { $0.stop() } == [.assign])
    #expect(after { $0.assigned(slot: 0, isReady: true) }.last == .finish(seq: 3, slot: 0))
    #expect(after.finish(3).contains { if case .emit(.receipt) = $0 { true } else { false } })
  }

  @Test(arguments: [true, false], [2, 4])
  func `a stream goes on whose time was up`(isContinuous: Bool, answered: Int) throws {
    let before = stream(chunks: 4, answered: answered, isContinuous: isContinuous, keepsChunks: false)
    #expect(before { $0.abandon() }.count == 4 - answered)
    var cursor = StateCursor()
    let after = try restored([#require(written(before, since: &cursor))])
    #expect((after.totals.processed, after.totals.dropped, after.inFlight) == (answered, 4 - answered, 0))
    _ = after { $0.resumed(answered: 4, segment: 0) }
    after.receive([UInt8](repeating: 5, count: 3200))
    _ = after { $0.assigned(slot: 0, isReady: true) }
    let isResult = { (action: StreamAction) in if case .emit(.result) = action { true } else { false } }
    #expect(after.answer(5).contains(where: isResult))
  }

  @Test func `what has changed adds up to the whole`() throws {
    let stream = stream(chunks: 3, answered: 2)
    var cursor = StateCursor()
    var parts = [try #require(written(stream, since: &cursor))]
    stream.receive([UInt8](repeating: 4, count: 3200))
    parts.append(try #require(written(stream, since: &cursor)))
    stream.answer(3, at: Checkpoint(frame: 4800, segments: 1), .final(1, "word"))
    stream.record("final 1", .update(.final(1, "word")))
    parts.append(try #require(written(stream, since: &cursor)))
    #expect(parts[2].count < 1600)
    let after = try restored(parts)
    #expect(after.totals == stream.totals)
    #expect(after.transcript.segments == [.test(1, "word")])
    #expect(after.audioBytes == 3200 + AudioHistory.chunkBytes)
    #expect(after.messages(after: 0) == ["result 1", "result 2", "final 1"])
  }

  @Test func `nothing is written of a stream that may turn out to be a file`() {
    let stream = TestStream()
    _ = stream.start(isResumable: true)
    stream.receive(Array("RIFF".utf8))
    var cursor = StateCursor()
    #expect(written(stream, since: &cursor) == nil)
    #expect(cursor == StateCursor())
  }

  @Test(arguments: Seed.fresh) func `bytes that were damaged are refused, or make a stream that adds up`(_ seed: Seed)
    throws
  {
    var random = seed.random
    var cursor = StateCursor()
    let whole = try #require(written(stream(chunks: 6, answered: 4), since: &cursor))
    for _ in 0..<2000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: bytes.indices, using: &random)
        bytes[place] = UInt8.random(in: 0...255, using: &random)
      }
      if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
      guard let stream = try? restored([bytes]) else { continue }
      #expect(stream.isAdded)
    }
  }

  @Test func `what is settled is no more than the journal has`() {
    let stream = stream(chunks: 6, answered: 4, isContinuous: false)
    stream { $0.journaled(through: 3) }
    #expect(stream.answer(5).first == .settled(3))
    stream { $0.journaled(through: 6) }
    #expect(stream.answer(6).first == .settled(6))
  }

  @Test func `a client may know more than the journal`() {
    let stream = stream(chunks: 2, answered: 2)
    #expect(stream.check(answered: 3) != nil)
    stream { $0.journaled(through: 2) }
    #expect(stream.check(answered: 3, segment: 2) == nil)
    #expect(stream.check(answered: -1) != nil)
  }
}
