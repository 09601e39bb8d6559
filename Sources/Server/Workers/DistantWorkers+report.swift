import Transports
import WorkerLink

/// The workers at a broker in reports.
extension DistantWorkers {
  /// For reports alone.
  struct Reported {
    /// Of the present connection: a right that the broker's user lacks.
    var complaint: String?
    var sandbox: [SandboxLayer] = []
    var backlogs = [Double](repeating: 0, count: trialSlot + 1)
  }

  var sandbox: [SandboxLayer] { reported.sandbox }
  var backlogs: [Double] {
    get { reported.backlogs }
    set { reported.backlogs = newValue }
  }

  var linkCounters: LinkCounters { links.counters }

  var problem: String? {
    if let problem = broker.problem { return "no broker: \(problem)" }
    if !fleet.slots.isEmpty, fleet.isAnswering { return nil }
    if let complaint = reported.complaint { return MachineRights.refusal(complaint, as: .gateway) }
    return fleet.slots.isEmpty ? "no worker has said hello at the broker" : "no worker has responded recently"
  }

  func machine(of slot: Int) -> String? { fleet.machine(slot) }

  var report: [Report.Worker] {
    fleet.slots.map { slot in
      Report.Worker(
        number: firstWorker + slot, machine: fleet.machine(slot), pid: nil, isReady: fleet.isReady(slot),
        state: fleet.state(slot),
        streams: fleet.streams(on: slot), queuedBytes: links[slot]?.channel.queuedBytes ?? 0,
        backlogSeconds: backlogs[slot], heartbeatSeconds: links[slot]?.heartbeatSeconds,
        copyBytes: fleet.copyBytes(slot), copiesDropped: fleet.copiesDropped(slot))
    } + (trial.report.map { [$0] } ?? [])
  }
}
