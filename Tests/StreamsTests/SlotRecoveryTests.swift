import Testing

@testable import Streams

struct SlotRecoveryTests {
  private func answer(_ stream: UInt64, _ seq: Int, _ recovery: inout SlotRecovery, isOnTrial: Bool) {
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
    recovery.add(1, suspects: 4...5)
    recovery.add(2, suspects: nil)
    #expect(
      steps(&recovery) == [
        .open(1), .open(2), .attempt(.init(stream: 1, seq: 4)), .attempt(.init(stream: 1, seq: 5)), .proceed(1),
        .proceed(2),
      ])
    #expect(recovery.isDone)
  }

  @Test func `nothing happens before the chunk on trial is answered`() {
    var recovery = SlotRecovery()
    recovery.add(1, suspects: 4...4)
    #expect(recovery.next() == .open(1))
    #expect(recovery.next() == .attempt(.init(stream: 1, seq: 4)))
    #expect(recovery.trial == .init(stream: 1, seq: 4))
    recovery.add(3, suspects: nil)
    #expect(recovery.next() == .wait)
    answer(2, 4, &recovery, isOnTrial: false)
    answer(1, 5, &recovery, isOnTrial: false)
    #expect(!recovery.isDone)
    answer(1, 4, &recovery, isOnTrial: true)
    #expect(steps(&recovery) == [.open(3), .proceed(1), .proceed(3)])
    #expect(recovery.isDone)
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
