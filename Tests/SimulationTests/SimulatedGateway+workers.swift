import Recognition
import WorkerLink

@testable import Server
@testable import Streams

/// Reports of workers, as in `Gateway`.
extension SimulatedGateway: Workers.Owner {
  func workers(replied reply: WorkerReply, from slot: Int) {
    switch reply {
    case .image, .untaken, .fenced:
      clock.note("worker \(workers.fleet.name(slot) ?? "") says \(reply) to \(machine)")
      return handover(replied: reply, from: slot)
    case .hello, .result, .text, .updates, .finished, .failed, .behind, .decoded: break
    }
    guard let stream = reply.stream else { return }
    let answered = reply.answeredChunk
    if let session = sessions.find(stream, in: slot) {
      session.copies.mirror?.count()
      perform(reply.deliver(to: &session.stream), for: session)
    }
    if let seq = answered, slots[slot].recovery.answered(stream, seq: seq) { recover(slot) }
  }

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
    }
    unblock(slot)
  }

  func workers(refused slot: Int) {
    slots[slot].recovery = SlotRecovery()
    for session in sessions(in: slot) { perform([.release(slot: slot), .assign], for: session) }
    unblock(slot)
    for other in slots.indices where other != slot { recover(other) }
  }

  func workers(moving streams: Int, from slot: Int) {
    var moved = 0
    for session in sessions(in: slot) where moved < streams {
      let actions = session.stream.leaveWorker()
      guard !actions.isEmpty else { continue }
      moved += 1
      perform(actions, for: session)
    }
    unblock(slot)
  }

  private func sessions(in slot: Int) -> [Session] {
    sessions.all.filter { $0.stream.placement.slot == slot }.sorted { $0.id < $1.id }
  }

  func recover(_ slot: Int) {
    while workers.isReady(slot), !workers.isFull(slot), let step = slots[slot].recovery.next() {
      switch step {
      case .wait: return
      case .open(let id): if let session = sessions.find(id, in: slot) { perform(session.stream.open(), for: session) }
      case .attempt(let trial):
        let session = sessions.find(trial.stream, in: slot)
        let actions = session?.stream.attempt(seq: trial.seq) ?? []
        if actions.isEmpty { _ = slots[slot].recovery.answered(trial.stream, seq: trial.seq) }
        if let session { perform(actions, for: session) }
      case .proceed(let id):
        guard let session = sessions.find(id, in: slot) else { continue }
        let isTried = workers.isForTrials(slot)
        perform(isTried ? session.stream.leaveTrial() : session.stream.proceed(), for: session)
      }
    }
  }

  private func unblock(_ slot: Int) {
    let blocked = slots[slot].blocked
    slots[slot].blocked = []
    for session in blocked { perform(session.stream.resume(from: .workerQueue), for: session) }
  }

  func workers(cannotTry slot: Int, because reason: String) { clock.fail("no worker to try chunks: \(reason)") }

  func workersAreReady() {}

  func workers(cannotStart reason: String, status: Int32) { clock.fail("workers cannot start: \(reason)") }
}
