import Dialects
import Glibc
import IO
import Streams
import Web

/// Reports about the server.
extension Gateway {
  var report: Report {
    var report = Report(
      snapshots, uptimeSeconds: (loop.now - context.startedAt) / .seconds(1),
      memory: .init(heldBytes: budget.heldBytes, budgetBytes: budget.limitBytes),
      engines: engines.readiness.map { Report.Engine(name: $0.engine, isReady: $0.isReady, models: $0.models) },
      hasFFmpeg: uploadSettings.ffmpeg != nil, usage: ProcessUsage(pid: Int(getpid())),
      certificateExpiry: server?.certificateExpiry)
    report.isReady = unreadiness == nil
    for index in report.workers.indices {
      report.workers[index].usage = report.workers[index].pid.flatMap { ProcessUsage(pid: $0) }
    }
    return report
  }

  /// Why no client should be sent here now; nil if the server is ready.
  var unreadiness: String? {
    if !lifecycle.isServing { return "the server is shutting down" }
    if budget.isFull { return "the memory budget is used up (see --memory-budget)" }
    // A client may be assigned to any loop.
    let snapshots = snapshots
    if let problem = snapshots.compactMap(\.workersProblem).first { return problem }
    if let delay = snapshots.compactMap(\.finalDelay).max(), delay > recognition.settings.longestDelay {
      return RejectedForDelay(seconds: delay, limitSeconds: recognition.settings.longestDelay).sentence
    }
    return engines.missing.map { "engine \($0.engine) is unavailable: \($0.reason)" }
  }

  /// How often the backlogs of the workers are added up: that looks at every session.
  static let backlogInterval = Duration.seconds(1)

  func measureBacklogs() {
    var seconds = [Double](repeating: 0, count: workers.count)
    for session in sessions.all {
      guard let slot = session.stream.placement.slot else { continue }
      seconds[slot] += session.stream.transcript.backlogSeconds
    }
    workers.backlogs = seconds
  }

  // MARK: Other loops

  /// Once a round: publishes the state of this loop and learns how much all hold. Not every change on another loop
  /// leads to a round here, but the workers' heartbeats do, eight times a second.
  func publish() {
    guard shared.loops > 1 else { return }
    budget.clients = shared.access.connections
    budget.settle(total: shared.memory.add(budget.unsettled))
    shared.snapshots.publish(snapshot, of: context.index)
  }

  private var snapshot: LoopSnapshot {
    var counters = counters
    if let figures = context.journal?.figures {
      (counters.journal.bytes, counters.journal.suspensions) = (figures.bytes, figures.suspensions)
    }
    counters.latencies.acknowledgement = loop.outputDelays
    if let bucket = context.bucket { counters.sessions.directory = bucket.counters }
    counters.losses.links = workers.linkCounters
    return LoopSnapshot(
      counters: counters, connected: sessions.connected.count, detached: sessions.detached.count,
      workers: workers.report, sandbox: workers.sandbox, workersProblem: workers.problem ?? directoryProblem,
      finalDelay: recognition.delay(now: loop.nowInSeconds))
  }

  /// The reason that other servers could not find sessions.
  private var directoryProblem: String? { context.bucket?.lastingProblem.map { "no directory of sessions: \($0)" } }

  /// The state of all loops: this one now, others at the end of their last round.
  private var snapshots: [LoopSnapshot] {
    shared.snapshots.publish(snapshot, of: context.index)
    return shared.snapshots.all
  }
}
