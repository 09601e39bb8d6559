import Streams

/// A gateway whose streams go on with other workers when theirs are lost, or when they are to move. A simulation's
/// gateway does it, too.
protocol RecoveryGateway: Workers.Owner {
  var workers: any WorkerSet { get }
  var sessions: SessionTable { get set }
  var slots: [Gateway.Slot] { get set }
  var counters: Counters { get set }

  func perform(_ actions: StreamActions, for session: Session, message: UnsafeRawBufferPointer?)
  /// Counts again the bytes that the session holds.
  func account(_ session: Session)
  /// The worker in this slot is gone with its engines.
  func forgetEngines(of slot: Int)
  /// Checks whether the shutdown can go on.
  func advanceShutdown()
}

extension RecoveryGateway {
  /// Whether streams in this slot wait for a worker, or for their turn with it.
  func isRecovering(_ slot: Int) -> Bool { !workers.isReady(slot) || !slots[slot].recovery.isDone }

  func workers(areOnTrial slot: Int) -> Bool { slots[slot].recovery.trial != nil }

  func workers(areNeeded slot: Int) -> Bool {
    sessions.all.contains { $0.stream.placement.slot == slot && $0.stream.account.isAwaiting }
  }

  func workers(ready slot: Int) { recover(slot) }

  func workers(drained slot: Int) {
    recover(slot)
    unblock(slot)
  }

  func workers(lost slot: Int, crashed: Bool, blame: Blame) {
    counters.losses.workers += 1
    loseStreams(of: slot, crashed: crashed, blame)
  }

  func workers(interrupted slot: Int) { loseStreams(of: slot, crashed: false, .none) }

  private func loseStreams(of slot: Int, crashed: Bool, _ blame: Blame) {
    let trial = slots[slot].recovery.trial
    slots[slot].recovery = SlotRecovery()
    for session in sessions(in: slot) {
      perform(session.stream.workerLost(crashed: crashed, trial: trial, blame: blame), for: session)
      if workers.isForTrials(slot), session.stream.suspects == nil {
        perform(session.stream.leaveTrial(), for: session)
      } else {
        slots[slot].recovery.add(session.stream.id, suspects: session.stream.suspects)
      }
      account(session)
    }
    unblock(slot)
    advanceShutdown()
  }

  /// The worker program does not fit: its streams go to other slots.
  func workers(refused slot: Int) {
    forgetEngines(of: slot)
    slots[slot].recovery = SlotRecovery()
    for session in sessions(in: slot) { perform([.release(slot: slot), .assign], for: session) }
    unblock(slot)
    for other in slots.indices where other != slot { recover(other) }
  }

  func workers(cannotTry slot: Int, because reason: String) {
    slots[slot].recovery = SlotRecovery()
    for session in sessions(in: slot) {
      while let seq = session.stream.suspects?.lowerBound {
        perform(session.stream.chunkFailed(seq: seq, .worker(reason)), for: session)
      }
      perform(session.stream.leaveTrial(), for: session)
      account(session)
    }
    unblock(slot)
  }

  @discardableResult
  func workers(moving streams: Int, from slot: Int, because reason: MoveReason) -> Int {
    var moved = 0
    for session in sessions(in: slot) where moved < streams {
      let actions = session.stream.leaveWorker()
      guard !actions.isEmpty else { continue }
      moved += 1
      perform(actions, for: session)
    }
    counters.losses.moved[reason, default: 0] += moved
    unblock(slot)
    return moved
  }

  private func sessions(in slot: Int) -> [Session] {
    sessions.all.filter { $0.stream.placement.slot == slot }.sorted { $0.id < $1.id }
  }

  /// The worker in this slot is up, has room again, or answered the chunk on trial.
  func recover(_ slot: Int) {
    while workers.isReady(slot), !workers.isFull(slot), let step = slots[slot].recovery.next() {
      switch step {
      case .wait: return
      case .open(let id): if let session = sessions.find(id, in: slot) { perform(session.stream.open(), for: session) }
      case .attempt(let trial):
        let session = sessions.find(trial.stream, in: slot)
        let actions = session?.stream.attempt(seq: trial.seq) ?? []
        // The stream may have ended since: nothing is to be waited for.
        if actions.isEmpty { _ = slots[slot].recovery.answered(trial.stream, seq: trial.seq) }
        if let session { perform(actions, for: session) }
      case .proceed(let id):
        guard let session = sessions.find(id, in: slot) else { continue }
        let isTried = workers.isForTrials(slot)
        perform(isTried ? session.stream.leaveTrial() : session.stream.proceed(), for: session)
      }
    }
    if workers.isEnding, slots[slot].recovery.isDone { workers.finish(slot) }
  }

  /// Reads the clients again that waited for the worker's queue.
  private func unblock(_ slot: Int) {
    let blocked = slots[slot].blocked
    slots[slot].blocked = []
    for session in blocked { perform(session.stream.resume(from: .workerQueue), for: session) }
  }

  private func perform(_ actions: StreamActions, for session: Session) {
    perform(actions, for: session, message: nil)
  }
}
