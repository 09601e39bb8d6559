import Recognition
import Testing

@testable import Streams

/// What a client is told that it need not keep. Chunks have two frames each.
struct SettledTests {
  @Test func `a chunk with one text is settled by its answer`() {
    let stream = TestStream.active(chunks: 2, isResumable: true)
    #expect(stream.answer(1).first == .settled(1))
    #expect(stream.answer(2).first == .settled(2))
  }

  @Test func `nothing is said to a client that keeps no session`() {
    let stream = TestStream.active(chunks: 1)
    #expect(stream.answer(1) == [.result(1)])
  }

  @Test func `what is settled follows the checkpoint, also within a chunk and in silence`() {
    let stream = TestStream.active(chunks: 4, isContinuous: true, isResumable: true)
    #expect(stream.answer(1, at: Checkpoint(frame: 0)) == [.settled(0), .result(1)])
    #expect(stream.answer(2) == [.settled(0), .result(2)])
    #expect(stream.answer(3, at: Checkpoint(frame: 5)) == [.settled(2, frames: 1), .result(3)])
    #expect(stream.answer(4, at: Checkpoint(frame: 6, isOpen: true)) == [.settled(3, isOpen: true), .result(4)])
    #expect(stream.update(at: Checkpoint(frame: 8)) == [.settled(4)])
  }

  @Test func `it is said with the last final, never before a final that may still be lost`() {
    let stream = TestStream.active(chunks: 4, isContinuous: true, isResumable: true)
    for seq in 1...3 { stream.answer(seq, at: Checkpoint(frame: 0)) }
    #expect(
      stream.update(at: Checkpoint(frame: 5, segments: 2), .final(1), .final(2), .partial(3, "on")) == [
        .emit(.update(.final(1))), .settled(2, frames: 1), .emit(.update(.final(2))),
        .emit(.update(.partial(3, "on"))),
      ])
    #expect(
      stream.answer(4, at: Checkpoint(frame: 6, segments: 3), .final(3)) == [
        .settled(3), .emit(.update(.final(3))), .result(4),
      ])
  }

  @Test func `a session that follows another begins where that one's words ended`() {
    let stream = TestStream(isContinuous: true)
    _ = stream.start(isResumable: true, settled: Settled(frames: 1, isOpen: true))
    stream.receive(chunks: 2)
    stream { _ = $0.assigned(slot: 0, isReady: true) }
    #expect(stream { $0.openingCheckpoint } == Checkpoint(frame: 1, isOpen: true))
    #expect(stream.answer(1, at: Checkpoint(frame: 1, isOpen: true)).first == .settled(0, frames: 1, isOpen: true))
    let mock = TestStream()
    _ = mock.start(isResumable: true, settled: Settled(frames: 1))
    mock.receive(chunks: 1)
    mock { _ = $0.assigned(slot: 0, isReady: true) }
    #expect(mock.answer(1).first == .settled(1))
  }

  @Test func `a shutdown finishes the open utterance only of a client that does not keep its chunks`() {
    let finish: StreamActions = [.finish(seq: 2, slot: 0)]
    #expect(TestStream.active(chunks: 2, isContinuous: true)({ $0.shutDown() }) == finish)
    let forgetful = TestStream.active(chunks: 2, isContinuous: true, isResumable: true, keepsChunks: false)
    #expect(forgetful { $0.shutDown() } == finish)
    #expect(TestStream.active(chunks: 2, isContinuous: true, isResumable: true)({ $0.shutDown() }) == [])
    let stopped = TestStream.active(chunks: 2, isContinuous: true)
    stopped { _ = $0.stop() }
    #expect(stopped { $0.shutDown() } == [])
  }

  @Test func `when time is up a client that keeps its chunks is told nothing of them: it sends them again`() {
    let failures: StreamActions = [
      .emit(.failed(seq: 1, .serverEnded)), .emit(.failed(seq: 2, .serverEnded)),
    ]
    #expect(TestStream.active(chunks: 2)({ $0.abandon() }) == failures)
    let forgetful = TestStream.active(chunks: 2, isResumable: true, keepsChunks: false)
    #expect(forgetful { $0.abandon() } == failures)
    let keeping = TestStream.active(chunks: 2, isResumable: true)
    #expect(keeping { $0.abandon() } == [])
    keeping { _ = $0.close(.goingAway) }
    #expect(keeping.phase == .ended(.goingAway))
  }

  @Test func `the words of a shutdown are told, and the stream goes on to its close`() {
    let stream = TestStream.active(chunks: 1, isContinuous: true)
    stream.answer(1, at: Checkpoint(frame: 0))
    stream { _ = $0.shutDown() }
    let actions = stream.finish(1, .final(1, "word"))
    #expect(actions.first == .emit(.update(.final(1, "word"))))
    guard case .emit(.left)? = actions.last else {
      Issue.record("\(actions)")
      return
    }
    #expect(stream.phase == .open)
  }
}
