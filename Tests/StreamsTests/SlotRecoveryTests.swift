import Recognition
import Testing

@testable import Streams

struct SlotRecoveryTests {
  private let one = StreamID(gateway: 8, number: 1)
  private let two = StreamID(gateway: 8, number: 2)
  private let three = StreamID(gateway: 8, number: 3)

  private func answer(_ stream: StreamID, _ seq: Int, _ recovery: inout SlotRecovery, isOnTrial: Bool) {
    let wasOnTrial = recovery.answered(stream, seq: seq)
    #expect(wasOnTrial == isOnTrial)
  }

  private func steps(_ recovery: inout SlotRecovery) -> [SlotRecovery.Step] {
    var steps: [SlotRecovery.Step] = []
    while let step = recovery.next(), step != .wait {
      steps.append(step)
      if case .attempt(let trial) = step { answer(trial.stream, trial.seq, &recovery, isOnTrial: true) }
    }
    return steps
  }

  @Test func `streams are opened first, then the suspects are tried one at a time, then the streams go on`() {
    var recovery = SlotRecovery()
    recovery.add(one, suspects: 4...5)
    recovery.add(two, suspects: nil)
    #expect(
      steps(&recovery) == [
        .open(one), .open(two), .attempt(.init(stream: one, seq: 4)), .attempt(.init(stream: one, seq: 5)),
        .proceed(one), .proceed(two),
      ])
    #expect(recovery.isDone)
  }

  @Test func `nothing happens before the chunk on trial is answered`() {
    var recovery = SlotRecovery()
    recovery.add(one, suspects: 4...4)
    #expect(recovery.next() == .open(one))
    #expect(recovery.next() == .attempt(.init(stream: one, seq: 4)))
    #expect(recovery.trial == .init(stream: one, seq: 4))
    recovery.add(three, suspects: nil)
    #expect(recovery.next() == .wait)
    answer(two, 4, &recovery, isOnTrial: false)
    answer(one, 5, &recovery, isOnTrial: false)
    #expect(!recovery.isDone)
    answer(one, 4, &recovery, isOnTrial: true)
    #expect(steps(&recovery) == [.open(three), .proceed(one), .proceed(three)])
    #expect(recovery.isDone)
  }

  @Test func `a session that is back here is not taken for the stream that it was before`() {
    let back = StreamID(gateway: 13, number: one.number)
    var recovery = SlotRecovery()
    recovery.add(one, suspects: 4...4)
    #expect(recovery.next() == .open(one))
    #expect(recovery.next() == .attempt(.init(stream: one, seq: 4)))
    recovery.add(back, suspects: nil)
    answer(back, 4, &recovery, isOnTrial: false)
    answer(one, 4, &recovery, isOnTrial: true)
    #expect(steps(&recovery) == [.open(back), .proceed(one), .proceed(back)])
  }

  @Test func `without streams it is done`() {
    var recovery = SlotRecovery()
    #expect(recovery.next() == nil)
    #expect(recovery.isDone)
  }
}

struct CrashHistoryTests {
  @Test func `suspicion is of one chunk at a time`() {
    var crashes = CrashHistory()
    #expect(crashes.workerLost(crashed: false, trial: 1, isTrialElsewhere: false, start: 0) == .retry)
    #expect(crashes.workerLost(crashed: false, trial: 2, isTrialElsewhere: false, start: 0) == .retry)
    #expect(crashes.workerLost(crashed: false, trial: 1, isTrialElsewhere: false, start: 0) == .retry)
    #expect(crashes.workerLost(crashed: true, trial: 1, isTrialElsewhere: false, start: 0) == .dropChunk(seq: 1))
    #expect(crashes.workerLost(crashed: false, trial: 1, isTrialElsewhere: false, start: 0) == .retry)
  }

  @Test func `only crashes with nothing on trial are held against answered audio, each place by itself`() {
    var crashes = CrashHistory()
    for _ in 1...StreamLimits.crashesWithAudio {
      #expect(crashes.workerLost(crashed: false, trial: nil, isTrialElsewhere: false, start: 5) == .retry)
      #expect(crashes.workerLost(crashed: true, trial: nil, isTrialElsewhere: true, start: 5) == .retry)
    }
    for start in [5, 5, 6, 6] {
      #expect(crashes.workerLost(crashed: true, trial: nil, isTrialElsewhere: false, start: start) == .retry)
    }
    #expect(crashes.workerLost(crashed: true, trial: nil, isTrialElsewhere: false, start: 6) == .silenceAudio)
  }
}
