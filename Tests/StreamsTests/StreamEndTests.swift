import Audio
import Recognition
import Testing

@testable import Streams

/// How streams end for a reason of the server's, and move to another loop.
struct StreamEndTests {
  @Test(arguments: [
    CloseReason.goingAway, .tokenRevoked, .messageTooLarge(isText: false, limitBytes: 5), .invalidUTF8, .slowReader,
  ])
  func `a stream that the server closes releases its worker and counts what is in flight as dropped`(
    _ reason: CloseReason
  ) {
    let stream = TestStream.active(chunks: 3)
    stream.answer(1)
    #expect(
      stream { $0.close(reason) } == [.release(slot: 0), .discarded(chunks: 2), .emit(.closing(reason))])
    #expect(stream.phase == .ended(reason))
    #expect((stream.totals.processed, stream.totals.dropped, stream.inFlight) == (1, 2, 0))
    #expect(stream.audioBytes == 0)
    // Nothing more happens to it.
    #expect(stream { $0.close(.goingAway) } == [])
    #expect(stream.answer(2) == [])
    #expect(stream { $0.abandon() } == [])
    #expect(stream.loseWorker() == [])
    #expect(stream.receive([1, 1]) == [])
  }

  @Test func `an idle stream is only closed`() {
    let idle = TestStream()
    #expect(idle { $0.close(.goingAway) } == [.emit(.closing(.goingAway))])
  }

  @Test func `when time is up chunks fail and endings are answered, in order`() {
    let stream = TestStream.active(chunks: 2)
    stream.answer(1)
    _ = stream { $0.flush() }
    stream.receive(chunks: 2)
    _ = stream { $0.flush() }
    stream.receive(chunks: 1)
    #expect(
      stream { $0.abandon() } == [
        .emit(.failed(seq: 2, .serverEnded)), .emit(.flushed(seq: 2, last: nil)),
        .emit(.failed(seq: 3, .serverEnded)), .emit(.failed(seq: 4, .serverEnded)),
        .emit(.flushed(seq: 4, last: nil)), .emit(.failed(seq: 5, .serverEnded)),
      ])
    #expect((stream.totals.processed, stream.totals.dropped, stream.inFlight) == (1, 4, 0))
    #expect(stream { $0.close(.goingAway) } == [.release(slot: 0), .emit(.closing(.goingAway))])
  }

  @Test func `a stop that no worker answers still gets its receipt, with what was lost`() {
    let stream = TestStream.active(chunks: 2)
    stream.answer(1)
    _ = stream { $0.stop() }
    let totals = StreamTotals(chunks: 2, bytes: 8, processed: 1, dropped: 1, replayed: 0)
    let receipt = StreamReceipt(totals: totals, duration: 4 / 16_000, levels: .loud)
    #expect(
      stream { $0.abandon() } == [
        .emit(.failed(seq: 2, .serverEnded)), .emit(.flushed(seq: 2, last: nil)), .emit(.receipt(receipt)),
        .release(slot: 0), .emit(.closing(.complete)),
      ])
  }

  @Test func `a stream with a refused chunk gets no receipt, as it would be of an incomplete one`() {
    let stream = TestStream.active(chunks: 1)
    stream.answer(1)
    #expect(stream { $0.refuseChunk() } == [.emit(.refused(.chunkDuringShutdown))])
    #expect(stream.receive([1, 2, 3, 4]) == [.emit(.refused(.chunkDuringShutdown))])
    #expect(stream { $0.stop() } == [.emit(.refused(.endDuringShutdown))])
    #expect(stream { $0.flush() } == [.emit(.refused(.endDuringShutdown))])
    #expect(stream { $0.close(.goingAway) } == [.release(slot: 0), .emit(.closing(.goingAway))])
  }

  @Test func `a stop that came before the refused chunk is answered`() {
    let stream = TestStream.active(chunks: 1)
    #expect(stream { $0.stop() } == [.finish(seq: 1, slot: 0)])
    #expect(stream { $0.refuseChunk() } == [.emit(.refused(.chunkDuringShutdown))])
    stream.answer(1)
    #expect(stream.finish(1).last == .emit(.closing(.complete)))
  }

  // MARK: The client's close

  @Test(arguments: [1000, 1005, 4000]) func `what came before a close is answered, then the session ends`(code: Int) {
    let stream = TestStream.active(chunks: 2, isResumable: true)
    #expect(stream { $0.inputEnded(code: code) } == [.finish(seq: 2, slot: 0)])
    #expect(stream.phase == .stopping)
    stream.answer(1)
    stream.answer(2)
    let last = stream.finish(2)
    #expect(last.count == 4 && last.last == .emit(.closing(.left)))
    guard case .emit(.left(let measure)) = last[1] else {
      Issue.record("\(last)")
      return
    }
    #expect(measure.seq == 2)
    #expect(stream { $0.disconnected(code: code, mayDetach: true, now: .zero) } == [.end])
  }

  @Test func `a close behind a stop waits for the receipt, and one of an idle stream for nothing`() {
    let stream = TestStream.active(chunks: 1)
    _ = stream { $0.stop() }
    #expect(stream { $0.inputEnded(code: 1000) } == [])
    stream.answer(1)
    #expect(stream.finish(1).last == .emit(.closing(.complete)))
    let idle = TestStream()
    #expect(idle { $0.inputEnded(code: 1000) } == [.emit(.closing(.left))])
    let refusing = TestStream.active(chunks: 1)
    _ = refusing { $0.refuseChunk() }
    #expect(refusing { $0.inputEnded(code: 1000) } == [.finish(seq: 1, slot: 0)])
  }

  @Test(arguments: [nil, 1001] as [Int?])
  func `a client that may return is answered over the old connection, and its session stays`(code: Int?) {
    let stream = TestStream.active(chunks: 2, isResumable: true)
    #expect(stream { $0.inputEnded(code: code) } == [])
    #expect(stream.lifetime == .answering)
    #expect(stream.answer(1).last != .closeConnection)
    #expect(stream.answer(2).last == .closeConnection)
    #expect(
      stream { $0.disconnected(code: code, mayDetach: true, now: .zero) }
        == [.detach(until: StreamLimits.detachedTime)])
    #expect(stream.check(answered: 2) == nil)
    let idle = TestStream()
    _ = idle.start(isResumable: true)
    #expect(idle { $0.inputEnded(code: code) } == [.closeConnection])
    // It may have come back before everything was answered.
    let back = TestStream.active(chunks: 1, isResumable: true)
    _ = back { $0.inputEnded(code: code) }
    _ = back { $0.disconnected(code: nil, mayDetach: true, now: .zero) }
    _ = back { $0.resumed(answered: 0, segment: 0) }
    #expect(back.lifetime == .resumable)
    #expect(back.answer(1).last != .closeConnection)
  }

  @Test func `a flush is awaited, too, and a session that cannot be resumed ends`() {
    let stream = TestStream.active(chunks: 1, isResumable: true)
    _ = stream { $0.flush() }
    #expect(stream { $0.inputEnded(code: nil) } == [])
    stream.answer(1)
    #expect(stream.finish(1).last == .closeConnection)
    let nameless = TestStream.active(chunks: 1)
    #expect(nameless { $0.inputEnded(code: nil) } == [.finish(seq: 1, slot: 0)])
  }

  // MARK: Between loops

  @Test func `a session moves when its worker owes it nothing, and takes its context to the next worker`() {
    let stream = TestStream.active(chunks: 3, isContinuous: true, isResumable: true)
    #expect(!stream.mayMigrate)
    for seq in 1...3 { stream.answer(seq, at: Checkpoint(frame: 2, segments: 1), skipped: 2) }
    _ = stream { $0.flush() }
    #expect(!stream.mayMigrate)
    _ = stream.finish(3, skipped: 2)
    #expect(stream.mayMigrate)
    _ = stream { $0.pause(for: .rate) }
    #expect(stream { $0.migrate() } == [.release(slot: 0)])
    #expect(!stream.isPaused)
    #expect(stream.placement == .unassigned)
    #expect(stream { $0.arrived() } == [.assign])
    #expect(
      stream { $0.assigned(slot: 1, isReady: true) }
        == [.open(slot: 1), .send(.small(2), .context, slot: 1), .send(.small(3), .context, slot: 1)])
    #expect(
      stream.receive([4, 4, 4, 4]) == [.emit(.accepted(seq: 4, bytes: 4)), .send(.small(4), .message, slot: 1)])
    stream.answer(4, skipped: 1)
    #expect(stream.transcript.skippedPartials == 3)
    #expect(stream.totals.replayed == 0)
  }

  @Test func `one that waits for a replacement worker stays`() {
    let stream = TestStream.active(chunks: 1, isResumable: true)
    stream.answer(1)
    stream.loseWorker()
    #expect(!stream.mayMigrate)
  }

  @Test func `one that never had a worker, or has ended, needs none there`() {
    let fresh = TestStream()
    _ = fresh.start(isResumable: true)
    #expect(fresh { $0.migrate() } == [])
    #expect(fresh { $0.arrived() } == [])
    #expect(fresh.receive([1, 1, 1, 1]) == [.emit(.accepted(seq: 1, bytes: 4)), .assign])

    let complete = TestStream.active(chunks: 1, isResumable: true)
    complete.answer(1)
    _ = complete { $0.stop() }
    _ = complete.finish(1)
    #expect(complete.mayMigrate)
    #expect(complete { $0.migrate() } == [])
    #expect(complete { $0.arrived() } == [])
  }
}
