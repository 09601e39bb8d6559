import Recognition
import Testing

@testable import Streams

/// When a stream's client is not read, and when it is read again.
struct BackpressureTests {
  /// After a message, with these conditions.
  private func limit(
    _ stream: TestStream, unread: Int = 0, isQueueFull: Bool = false, isOverShare: Bool = false
  ) -> StreamActions {
    let budget = MemoryBudget(limitBytes: isOverShare ? 0 : 1 << 40)
    let actions = stream { $0.limit(unreadBytes: unread, budget: budget) }
    return isQueueFull ? actions + stream { $0.workerQueueIsFull() } : actions
  }

  @Test func `reading stops with the first reason and continues after the last`() {
    var backpressure = Backpressure()
    for (index, reason) in Backpressure.Reason.allCases.enumerated() {
      let stops = backpressure.pause(for: reason)
      #expect(stops == (index == 0))
      #expect(backpressure.contains(reason))
    }
    let stopsAgain = backpressure.pause(for: .rate)
    #expect(!stopsAgain)
    for (index, reason) in Backpressure.Reason.allCases.enumerated() {
      #expect(backpressure.isPaused)
      let continues = backpressure.resume(from: reason)
      #expect(continues == (index == Backpressure.Reason.allCases.count - 1))
      let continuesAgain = backpressure.resume(from: reason)
      #expect(!continuesAgain)
    }
    #expect(backpressure == Backpressure())
  }

  @Test func `a client is not read from the limit of chunks in flight on, until half of them are answered`() {
    let stream = TestStream.active(chunks: StreamLimits.inFlightChunks - 1)
    #expect(limit(stream) == [])
    #expect(stream.receive([1, 1, 1, 1]).last == .pauseReading)
    #expect(limit(stream) == [])
    for seq in 1..<StreamLimits.inFlightChunks / 2 { #expect(stream.answer(seq) == [.result(seq)]) }
    #expect(stream.answer(StreamLimits.inFlightChunks / 2).last == .continueReading)
    #expect(stream.inFlight == StreamLimits.inFlightChunks / 2)
    #expect(limit(stream) == [])
  }

  @Test func `the limit of bytes in flight holds in the same way, and failed chunks make room too`() {
    let stream = TestStream()
    let chunk = [UInt8](repeating: 0, count: StreamLimits.inFlightBytes / 3)
    for _ in 1...2 { stream.receive(chunk) }
    #expect(limit(stream) == [])
    #expect(stream.receive(chunk).last == .pauseReading)
    _ = stream { $0.assigned(slot: 0, isReady: true) }
    #expect(stream { $0.chunkFailed(seq: 1, .worker("x")) }.count == 1)
    #expect(stream { $0.chunkFailed(seq: 2, .worker("x")) }.last == .continueReading)
  }

  @Test func `each reason ends by itself`() {
    let stream = TestStream.active(chunks: 1)
    #expect(limit(stream, unread: StreamLimits.unreadBytes) == [])
    #expect(limit(stream, unread: StreamLimits.unreadBytes + 1) == [.pauseReading])
    #expect(limit(stream, isQueueFull: true) == [.awaitWorkerQueue(slot: 0)])
    #expect(limit(stream, isQueueFull: true) == [])
    #expect(limit(stream, isOverShare: true) == [.awaitMemory])
    #expect(limit(stream, isOverShare: true) == [])
    #expect(stream { $0.decoderIsBehind(true) } == [])
    #expect(stream { $0.pause(for: .rate) } == [])
    for reason in [Backpressure.Reason.unread, .workerQueue, .memory, .rate] {
      #expect(stream { $0.resume(from: reason) } == [])
    }
    #expect(stream { $0.decoderIsBehind(false) } == [.continueReading])
    #expect(stream { $0.decoderIsBehind(false) } == [])
  }

  @Test func `a stream that waits for a worker does not wait for its queue`() {
    let stream = TestStream.active(chunks: 1)
    stream.loseWorker()
    #expect(limit(stream, isQueueFull: true) == [])
  }

  @Test func `the close of a stream that has ended is read`() {
    let stream = TestStream()
    _ = stream { $0.stop() }
    #expect(limit(stream, unread: 1 << 30, isOverShare: true) == [])
  }

  // MARK: Memory

  @Test func `what a stream holds is its unanswered chunks, kept audio, kept messages and many unread ones`() {
    let stream = TestStream.active(chunks: 2, isContinuous: true, isResumable: true)
    // With their places in the queues.
    let (chunk, message) = (128, 10 + 96)
    #expect(stream.heldBytes() == 8 + 2 * (4 + chunk))
    stream.answer(1, at: Checkpoint(frame: 0))
    #expect(stream.heldBytes(unread: 64 << 10) == 4 + 2 * (4 + chunk))
    stream.record("0123456789", .flushed(seq: 1, last: nil))
    #expect(stream.heldBytes(unread: 64 << 10 + 1) == 4 + 2 * (4 + chunk) + message + 64 << 10 + 1)
    stream.answer(2, at: Checkpoint(frame: 4))
    #expect(stream.heldBytes() == message)
    #expect(stream.leaveBudget() == 0)
    #expect(stream.leaveBudget() == 0)
  }

  @Test func `whether a stream is live is for its last chunk`() {
    let stream = TestStream()
    let second = [UInt8](repeating: 0, count: 32_000)
    stream.receive(second, now: 10)
    #expect(stream { $0.pace.isLive })
    stream.receive(second, now: 10.1)
    #expect(!stream { $0.pace.isLive })
    stream.receive(second, now: 13)
    #expect(stream { $0.pace.isLive })
  }
}
