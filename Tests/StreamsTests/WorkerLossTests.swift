import Audio
import Recognition
import Testing

@testable import Streams

/// What happens to a stream whose worker is lost.
struct WorkerLossTests {
  @Test func `unanswered chunks are replayed in order, one at a time where they were in flight`() {
    let stream = TestStream.active(chunks: 4)
    stream.answer(1)
    stream.answer(2)
    #expect(stream.loseWorker() == [])
    #expect(stream.placement == .waiting(slot: 0))
    #expect(stream.suspects == 3...4)
    stream.receive(chunks: 1)
    #expect(stream.suspects == 3...4)
    #expect(stream { $0.open() } == [.open(slot: 0)])
    #expect(stream { $0.attempt(seq: 3) } == [.replay(3)])
    stream.answer(3)
    #expect(stream { $0.attempt(seq: 4) } == [.replay(4)])
    stream.answer(4)
    #expect(stream { $0.proceed() } == [.first(5)])
    #expect(stream.placement == .active(slot: 0))
    #expect(stream.answer(5) == [.result(5)])
    #expect((stream.totals.processed, stream.totals.replayed) == (5, 2))
  }

  @Test func `a stream without anything in flight goes on with what arrived meanwhile`() {
    let stream = TestStream.active(chunks: 1)
    stream.answer(1)
    stream.loseWorker()
    #expect(stream.suspects == nil)
    #expect(stream.receive([2, 2, 2, 2]) == [.emit(.accepted(seq: 2, bytes: 4))])
    _ = stream { $0.open() }
    #expect(stream { $0.proceed() } == [.first(2)])
    #expect(stream.totals.replayed == 0)
  }

  @Test func `a stream that has no worker loses none`() {
    let stream = TestStream()
    #expect(stream.loseWorker() == [])
    #expect(stream.placement == .unassigned)
    #expect(stream { $0.open() } == [])
    #expect(stream { $0.attempt(seq: 1) } == [])
    #expect(stream { $0.proceed() } == [])
  }

  @Test func `endings are repeated in their places`() {
    let stream = TestStream.active(chunks: 1)
    _ = stream { $0.flush() }
    stream.receive(chunks: 2)
    _ = stream { $0.flush() }
    stream.receive(chunks: 1)
    _ = stream { $0.stop() }
    stream.answer(1)
    stream.loseWorker()
    #expect(stream.suspects == 2...4)
    _ = stream { $0.open() }
    #expect(stream { $0.attempt(seq: 2) } == [.finish(seq: 1, slot: 0), .replay(2)])
    stream.answer(2)
    #expect(stream { $0.attempt(seq: 3) } == [.replay(3)])
    stream.answer(3)
    #expect(stream { $0.attempt(seq: 4) } == [.finish(seq: 3, slot: 0), .replay(4)])
    stream.answer(4)
    #expect(stream { $0.proceed() } == [.finish(seq: 4, slot: 0)])
    for seq in [1, 3, 4] {
      #expect(stream.finish(seq).first { if case .emit(.flushed) = $0 { true } else { false } } != nil)
    }
    #expect(stream.phase == .ended(.complete))
  }

  @Test func `a flush is repeated even if chunks after it were answered first`() {
    let stream = TestStream.active(chunks: 1, isContinuous: true)
    _ = stream { $0.flush() }
    stream.receive(chunks: 1)
    stream.answer(1, at: Checkpoint(frame: 0))
    stream.answer(2, at: Checkpoint(frame: 0))
    stream.loseWorker()
    #expect(stream.suspects == nil)
    #expect(stream { $0.open() } == [.open(slot: 0), .context(1), .context(2), .finish(seq: 1, slot: 0)])
    #expect(stream { $0.proceed() } == [])
    #expect(stream.finish(1).count == 1)
  }

  // MARK: Poison chunks

  @Test func `a chunk with which a worker crashes a second time, alone, is poison`() {
    let stream = TestStream.active(chunks: 3)
    stream.answer(1)
    stream.loseWorker()
    _ = stream { $0.attempt(seq: 2) }
    #expect(stream.loseWorker(trial: 2) == [.emit(.failed(seq: 2, .poison))])
    #expect(stream.suspects == 3...3)
    _ = stream { $0.open() }
    #expect(stream { $0.attempt(seq: 3) } == [.replay(3)])
    #expect(stream.answer(3) == [.result(3)])
    #expect((stream.totals.processed, stream.totals.dropped, stream.totals.replayed) == (2, 1, 2))
  }

  @Test func `one that was alone with a worker that was killed gets another chance, and no third one`() {
    let stream = TestStream.active(chunks: 2)
    stream.loseWorker(crashed: false)
    #expect(stream.loseWorker(crashed: false, trial: 1) == [])
    #expect(stream.suspects == 1...2)
    #expect(stream.loseWorker(crashed: false, trial: 1) == [.emit(.failed(seq: 1, .poison))])
    // The next one starts without suspicion.
    #expect(stream.loseWorker(crashed: false, trial: 2) == [])
  }

  @Test func `another stream's chunk on trial is nothing against this stream's`() {
    let stream = TestStream.active(chunks: 1, isContinuous: true)
    stream.answer(1, at: Checkpoint(frame: 0))
    let trial = SlotRecovery.Trial(stream: StreamID(gateway: 1, number: 8), seq: 1)
    for _ in 1...5 {
      #expect(stream { $0.workerLost(crashed: true, trial: trial) } == [])
    }
    #expect(stream.audio(of: 1) == [1, 1, 1, 1])
  }

  @Test func `a poison chunk is silence to a recognizer that needs its place`() {
    let stream = TestStream.active(chunks: 2, isContinuous: true)
    stream.answer(1, at: Checkpoint(frame: 0))
    stream.loseWorker(trial: 2)
    #expect(stream { $0.open() } == [.open(slot: 0), .context(1), .context(2)])
    #expect(stream.audio(of: 1) == [1, 1, 1, 1])
    #expect(stream.audio(of: 2) == [0, 0, 0, 0])
  }

  @Test func `a worker that vanished is blamed on a chunk only if one of another machine vanishes with it, too`() {
    let stream = TestStream.active(chunks: 3)
    stream.loseWorker(crashed: false, blame: .none)
    stream.loseWorker(crashed: false, blame: .unlikely(machine: "a"))
    stream.loseWorker(crashed: false, blame: .unlikely(machine: "a"))
    #expect(stream.suspects == nil)
    _ = stream { $0.open() + $0.proceed() }
    stream.answer(1)
    stream.loseWorker(crashed: false, blame: .unlikely(machine: "a"))
    #expect(stream.suspects == nil)
    stream.loseWorker(crashed: false, blame: .unlikely(machine: "b"))
    #expect(stream.suspects == 2...3)
  }

  @Test func `where there is one machine, a chunk is tried when many of its workers vanished with it`() {
    let stream = TestStream.active(chunks: 1)
    for _ in 1..<StreamLimits.vanishedWorkers {
      stream.loseWorker(crashed: false, blame: .unlikely(machine: "a"))
      #expect(stream.suspects == nil)
    }
    stream.loseWorker(crashed: false, blame: .unlikely(machine: "a"))
    #expect(stream.suspects == 1...1)
  }

  @Test func `when its suspects are answered a stream leaves the worker that tried them, with what it has to say`() {
    let stream = TestStream.active(chunks: 2, isContinuous: true)
    stream.answer(1, at: Checkpoint(frame: 0))
    stream.loseWorker()
    stream.receive(chunks: 1)
    #expect(stream.suspects == 2...2)
    _ = stream { $0.open() + $0.attempt(seq: 2) }
    stream.answer(2, at: Checkpoint(frame: 0))
    #expect(stream.suspects == nil)
    #expect(stream { $0.leaveTrial() } == [.release(slot: 0), .assign])
    #expect(
      stream { $0.assigned(slot: 0, isReady: true) } == [.open(slot: 0), .context(1), .context(2), .first(3)])
  }

  @Test func `a suspect that a worker could not measure is silence to the next one`() {
    let stream = TestStream.active(chunks: 2, isContinuous: true)
    stream.answer(1, at: Checkpoint(frame: 0))
    stream.loseWorker()
    _ = stream { $0.chunkFailed(seq: 2, .worker("no model")) }
    #expect(stream.audio(of: 1) == [1, 1, 1, 1])
    #expect(stream.audio(of: 2) == [0, 0, 0, 0])
  }

  @Test func `without a checkpoint a recognizer starts where the audio begins that it gets`() {
    let stream = TestStream.active(chunks: 2, isContinuous: true)
    #expect(stream { $0.openingCheckpoint } == Checkpoint(frame: 0))
    stream.loseWorker(trial: 1)
    #expect(stream { $0.openingCheckpoint } == Checkpoint(frame: 2))
    stream.answer(2)
    #expect(stream { $0.openingCheckpoint } == Checkpoint(frame: 4))
  }

  // MARK: Audio that was answered

  @Test func `a recognizer gets the answered audio from its checkpoint on, as context`() {
    let stream = TestStream.active(chunks: 5, isContinuous: true)
    for seq in 1...3 { stream.answer(seq, at: Checkpoint(frame: 0)) }
    stream.update(at: Checkpoint(frame: 3, segments: 1), .final(1))
    #expect(stream { $0.transcript.checkpoint } == Checkpoint(frame: 3, segments: 1))
    stream.loseWorker()
    #expect(stream { $0.open() } == [.open(slot: 0), .context(2), .context(3)])
    #expect(stream.suspects == 4...5)
    #expect(stream.totals.replayed == 0)
  }

  @Test func `after three crashes at the same checkpoint the answered audio is silence`() {
    let stream = TestStream.active(chunks: 4, isContinuous: true)
    for seq in 1...3 { stream.answer(seq, at: Checkpoint(frame: 2, segments: 1)) }
    #expect(stream.loseWorker() == [])
    // One that was killed is no crash.
    #expect(stream.loseWorker(crashed: false) == [])
    #expect(stream.loseWorker() == [])
    let missing = AudioFormat.standard.seconds(2..<6)
    #expect(stream.loseWorker() == [.silencedAudio, .emit(.notice(.wordsMissing(seconds: missing)))])
    #expect(stream.audio(of: 3) == [0, 0, 0, 0])
    #expect(stream.audio(of: 4) == [4, 4, 4, 4])
    #expect(stream { $0.transcript.checkpoint } == Checkpoint(frame: 6, segments: 1))
    #expect(stream.suspects == 4...4)
  }

  @Test func `a worker in between that came further clears the audio of suspicion`() {
    let stream = TestStream.active(chunks: 4, isContinuous: true)
    for seq in 1...2 { stream.answer(seq, at: Checkpoint(frame: 0)) }
    for _ in 1...2 { #expect(stream.loseWorker() == []) }
    stream.update(at: Checkpoint(frame: 1))
    for _ in 1...2 { #expect(stream.loseWorker() == []) }
    #expect(stream.loseWorker().first == .silencedAudio)
  }

  @Test func `an engine that needs no answered audio gets none, and none is silenced`() {
    let stream = TestStream.active(chunks: 2)
    stream.answer(1)
    for _ in 1...5 { #expect(stream.loseWorker() == []) }
    #expect(stream { $0.open() } == [.open(slot: 0)])
    #expect(stream.audio(of: 2) == [2, 2, 2, 2])
  }

  // MARK: Updates

  @Test func `finals that a replacement makes again are not sent again`() {
    let stream = TestStream.active(chunks: 1, isContinuous: true)
    #expect(stream.update(.partial(1, "on"), .final(1, "one")).count == 2)
    stream.answer(1, at: Checkpoint(frame: 0), .final(2, "two"), .partial(3, "th"))
    stream.loseWorker()
    #expect(stream.update(.partial(1, "on"), .final(1, "one"), .final(2, "two")) == [])
    #expect(stream.update(.final(3, "three")) == [.emit(.update(.final(3, "three")))])
    #expect(stream.finish(0) == [.replaceWorker(slot: 0)])
    #expect(stream.transcript.segments.map(\.text) == ["one", "two", "three"])
  }

  @Test func `partials skipped by all its workers are counted together`() {
    let stream = TestStream.active(chunks: 2, isContinuous: true)
    stream.answer(1, skipped: 3)
    stream.loseWorker()
    stream.answer(2, skipped: 2)
    #expect(stream.transcript.skippedPartials == 5)
  }

  @Test func `a client that was not read because of the lost worker's decoding is read again`() {
    let stream = TestStream.active(chunks: 1)
    #expect(stream { $0.decoderIsBehind(true) } == [.pauseReading])
    #expect(stream.loseWorker() == [.continueReading])
    #expect(stream { $0.decoderIsBehind(false) } == [])
  }
}
