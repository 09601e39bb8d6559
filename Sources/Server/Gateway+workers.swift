import Dialects
import IO
import JSON
import Platform
import Recognition
import Streams
import WorkerLink

/// What workers report.
extension Gateway {
  func workers(replied reply: WorkerReply, from slot: Int) {
    switch reply {
    case .hello(let hello): return enginesReported(hello.engines, from: slot)
    case .image, .untaken, .fenced: return handover(replied: reply, from: slot)
    case .decoded(_, let time): return counters.recognition.add(time)
    case .result, .text, .finished: wakeup.answered()
    case .updates, .failed, .behind: break
    }
    guard let stream = reply.stream else { return }
    let answered = reply.answeredChunk
    // The stream may have left this slot, or be of an earlier stay of the session here, before another server had it.
    if let session = sessions.find(stream, in: slot) {
      session.copies.mirror?.count()
      perform(reply.deliver(to: &session.stream), for: session)
      account(session)
      if answered != nil { countAnswer(of: session) }
    }
    // A chunk that was alone with its worker was answered: the recovery goes on.
    if let seq = answered, slots[slot].recovery.answered(stream, seq: seq) { recover(slot) }
  }

  /// What reports say of how long answers took, and of texts that were not made.
  private func countAnswer(of session: Session) {
    if let delay = session.stream.takeAnswerDelay(now: loop.nowInSeconds) { counters.latencies.answer.add(delay) }
    counters.recognition.partialsSkipped += session.figures.newPartials(session.stream.transcript.skippedPartials)
  }

  /// A worker that has come up reports its engines, for all loops. One of another machine does so to each loop.
  private func enginesReported(_ statuses: [EngineStatus], from slot: Int) {
    let machine = workers.machine(of: slot)
    let known = engines.statuses(on: machine)
    if let machine {
      engines.update(statuses, of: slot, on: machine)
    } else {
      everywhere { $0.engines.update(statuses) }
    }
    guard machine == nil || isFirst else { return }
    for status in statuses where engines.enabled.contains(status.name) {
      guard case .unavailable(let problem) = status.state,
        !known.contains(where: { $0.name == status.name && $0.state == status.state })
      else { continue }
      logProblem("engine", status.name, problem, on: machine)
    }
    let knownModels = known.flatMap(\.models)
    for model in statuses.flatMap(\.models) where !knownModels.contains(model) {
      if let problem = model.problem { logProblem("model", model.name, problem, on: machine) }
    }
  }

  private func logProblem(_ kind: StaticString, _ name: String, _ problem: String, on machine: String?) {
    guard let machine else {
      return log.write(.error, "\(kind) unavailable", [kind: .string(name), "reason": .string(problem)])
    }
    log.write(
      .error, "\(kind) unavailable",
      [kind: .string(name), "machine": .string(machine), "reason": .string(problem)])
  }

  // MARK: Recovery

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
    engines.remove(slot)
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

  func workersAreReady() {
    if isFirst { logFFmpeg() }
    if lifecycle.isServing { open() }
  }

  /// As for the workers: what keeps files from it that it is not given.
  private func logFFmpeg() {
    for case .some(let problem) in report.ffmpegSandbox.map(\.problem) {
      log.write(
        .warning, "ffmpeg, which decodes uploads, may read the files that its user may; without it: --ffmpeg off",
        ["reason": .string(problem)])
    }
  }

  func workers(cannotStart reason: String, status: Int32) {
    fail("cannot start worker \(context.settings.workers.path): \(reason)", status: status)
  }
}
