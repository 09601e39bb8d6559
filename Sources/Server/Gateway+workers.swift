import Dialects
import IO
import JSON
import Platform
import Recognition
import Streams
import WorkerLink

/// What workers report.
extension Gateway: RecoveryGateway {
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

  func forgetEngines(of slot: Int) { engines.remove(slot) }

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
