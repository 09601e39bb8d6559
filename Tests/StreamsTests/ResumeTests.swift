import Audio
import Recognition
import Testing

@testable import Streams

/// Sessions without a connection, and clients that return.
struct ResumeTests {
  private func disconnect(_ stream: TestStream, code: Int? = nil, mayDetach: Bool = true, at now: Duration = .zero)
    -> StreamActions
  {
    stream { $0.disconnected(code: code, mayDetach: mayDetach, now: now) }
  }

  private func resume(_ stream: TestStream, answered: Int, segment: Int = 0) -> StreamActions {
    stream { $0.resumed(answered: answered, segment: segment) }
  }

  private func expire(_ stream: TestStream, at now: Duration) -> StreamActions { stream { $0.expired(now: now) } }

  // MARK: Detached

  @Test func `a session whose connection broke waits a minute for its client, and goes on meanwhile`() {
    let stream = TestStream.active(chunks: 2, isResumable: true)
    #expect(disconnect(stream, at: .seconds(10)) == [.detach(until: .seconds(70))])
    #expect(stream.lifetime == .detached(until: .seconds(70)))
    #expect(stream.answer(1) == [.settled(1), .result(1)])
    #expect(expire(stream, at: .seconds(69)) == [])
    #expect(expire(stream, at: .seconds(70)) == [.release(slot: 0), .discarded(chunks: 1), .end])
    #expect(stream.phase == .ended(nil))
    #expect(stream.totals.dropped == 1)
    #expect(stream.isAdded)
    #expect(expire(stream, at: .seconds(80)) == [])
  }

  @Test func `without start, with a close code, or when none are kept, the session ends with its connection`() {
    let ended: StreamActions = [.release(slot: 0), .discarded(chunks: 1), .end]
    #expect(disconnect(.active(chunks: 1)) == ended)
    #expect(disconnect(.active(chunks: 1, isResumable: true), code: 1000) == ended)
    #expect(disconnect(.active(chunks: 1, isResumable: true), mayDetach: false) == ended)
    #expect(disconnect(TestStream()) == [.end])
  }

  @Test func `a session that the server closed is not kept, one with its receipt is, in case it did not arrive`() {
    let closed = TestStream.active(chunks: 1, isResumable: true)
    _ = closed { $0.close(.goingAway) }
    #expect(disconnect(closed) == [.end])
    #expect(closed.check(answered: 0) == .unknownSession)

    let complete = TestStream.active(chunks: 1, isResumable: true)
    complete.answer(1)
    _ = complete { $0.stop() }
    _ = complete.finish(1)
    #expect(disconnect(complete, code: 1000) == [.detach(until: .seconds(60))])
    #expect(complete.check(answered: 1) == nil)
    #expect(
      resume(complete, answered: 1) == [
        .continueReading, .emit(.resumed(StreamRequest(format: .standard, engine: "mock"), seq: 1)),
        .repeatMessages(answered: 1, segment: 0), .emit(.closing(.complete)),
      ])
  }

  // MARK: Back

  @Test func `a client that returns is told what was received and sent what it lacks, and the stream goes on`() {
    let stream = TestStream.active(chunks: 2, isResumable: true)
    _ = disconnect(stream)
    let request = StreamRequest(format: .standard, engine: "mock")
    #expect(
      resume(stream, answered: 1) == [
        .continueReading, .emit(.resumed(request, seq: 2)), .repeatMessages(answered: 1, segment: 0),
      ])
    #expect(stream.lifetime == .resumable)
    #expect(expire(stream, at: .seconds(1000)) == [])
    stream.receive(chunks: 1)
    for seq in 1...3 { #expect(stream.answer(seq) == [.settled(seq), .result(seq)]) }
  }

  @Test func `the minute begins anew when the connection breaks again`() {
    let stream = TestStream.active(chunks: 1, isResumable: true)
    _ = disconnect(stream, at: .seconds(0))
    _ = resume(stream, answered: 0)
    #expect(disconnect(stream, at: .seconds(50)) == [.detach(until: .seconds(110))])
    #expect(expire(stream, at: .seconds(60)) == [])
    #expect(expire(stream, at: .seconds(110)).last == .end)
  }

  @Test func `a client takes its session over from a connection that still seems open`() {
    let stream = TestStream.active(chunks: 3, isResumable: true)
    stream.answer(1)
    #expect(stream.check(answered: 1) == nil)
    #expect(resume(stream, answered: 1).contains(.repeatMessages(answered: 1, segment: 0)))
    // And again.
    #expect(stream.check(answered: 0) == nil)
    #expect(resume(stream, answered: 0).contains(.repeatMessages(answered: 0, segment: 0)))
  }

  @Test func `a returning client is not read while reasons remain, but its unread messages are gone`() {
    let stream = TestStream.active(chunks: 1, isResumable: true)
    _ = stream { $0.pause(for: .unread) }
    _ = stream { $0.decoderIsBehind(true) }
    _ = disconnect(stream)
    #expect(resume(stream, answered: 0).first == .pauseReading)
    #expect(stream { $0.decoderIsBehind(false) } == [.continueReading])
  }

  @Test func `only a connection that was used for nothing else may take up a session`() {
    #expect(TestStream().mayResumeAnother)
    #expect(!TestStream.active(chunks: 1).mayResumeAnother)
    let started = TestStream()
    _ = started.start(isResumable: true)
    #expect(!started.mayResumeAnother)
  }

  // MARK: What a client may say it has

  @Test func `what a client can't have is refused`() {
    let stream = TestStream.active(chunks: 2, isContinuous: true, isResumable: true)
    stream.update(.final(1), .final(2))
    #expect(stream.check(answered: 2, segment: 2) == nil)
    #expect(stream.check(answered: 3) == .answeredOutOfRange(3, received: 2))
    #expect(stream.check(answered: -1) == .answeredOutOfRange(-1, received: 2))
    #expect(stream.check(answered: 2, segment: 3) == .segmentOutOfRange(3, lastFinal: 2))
    #expect(stream.check(answered: 2, segment: -1) == .segmentOutOfRange(-1, lastFinal: 2))
    #expect(TestStream.active(chunks: 1).check(answered: 0) == .unknownSession)
  }

  @Test func `a session that is over is unknown`() {
    let stream = TestStream.active(chunks: 1, isResumable: true)
    _ = disconnect(stream)
    _ = expire(stream, at: .seconds(60))
    #expect(stream.check(answered: 0) == .unknownSession)
  }

  // MARK: Messages

  @Test func `a client gets the results, failures, finals and endings it lacks, each once and in order`() {
    let stream = TestStream.active(chunks: 3, isContinuous: true, isResumable: true)
    let measure = ChunkMeasure(.small(1), .standard, .loud)
    stream.record("started", .started(StreamRequest(format: .standard, engine: "mock")))
    stream.record("accepted 1", .accepted(seq: 1, bytes: 4))
    stream.record("result 1", .result(measure))
    stream.record("partial 1", .update(.partial(1, "a")))
    stream.record("final 1", .update(.final(1)))
    stream.record("failed 2", .failed(seq: 2, .poison))
    stream.record("flush 2", .flushed(seq: 2, last: nil))
    stream.record("refused", .refused(.emptyChunk))
    stream.record("final 2", .update(.final(2)))
    stream.record("result 3", .result(ChunkMeasure(.small(3), .standard, .loud)))
    let all = ["result 1", "final 1", "failed 2", "flush 2", "final 2", "result 3"]
    #expect(stream.messages(after: 0) == all)
    #expect(stream.messages(after: 1, segment: 1) == Array(all[2...]))
    #expect(stream.messages(after: 2, segment: 2) == ["flush 2", "result 3"])
    #expect(stream.messages(after: 3, segment: 1) == ["final 2"])
    #expect(stream.messages(after: 3, segment: 2) == [])
  }

  @Test func `nothing is kept for a client that can't return`() {
    let stream = TestStream.active(chunks: 1)
    stream.record("result 1", .result(ChunkMeasure(.small(1), .standard, .loud)))
    #expect(stream.messages(after: 0) == [])
  }

  @Test func `a client that lacks messages that are no longer kept has to start a new session`() {
    let stream = TestStream.active(chunks: 100, isResumable: true)
    let text = String(repeating: "x", count: 1024)
    for seq in 1...100 { stream.record(text, .failed(seq: seq, .poison)) }
    #expect(stream.check(answered: 35) == .messagesDropped(after: 35))
    #expect(stream.check(answered: 36) == nil)
    #expect(stream.messages(after: 36).count == StreamLimits.eventLogBytes / 1024)
  }

  @Test func `so has one that lacks a final that is no longer kept`() {
    let stream = TestStream.active(chunks: 1, isContinuous: true, isResumable: true)
    let text = String(repeating: "x", count: 1024)
    for number in 1...100 {
      stream.update(.final(number))
      stream.record(text, .update(.final(number)))
    }
    #expect(stream.check(answered: 0, segment: 35) == .messagesDropped(after: 0))
    #expect(stream.check(answered: 0, segment: 36) == nil)
  }
}
