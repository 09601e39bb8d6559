import Transports
import WorkerLink

/// The workers at a broker in reports.
extension DistantWorkers {
  var problem: String? {
    if let problem = broker.problem { return "no broker: \(problem)" }
    if !fleet.slots.isEmpty, fleet.isAnswering { return nil }
    if let complaint = reported.complaint { return MachineRights.refusal(complaint, as: .gateway) }
    return fleet.slots.isEmpty ? "no worker has said hello at the broker" : "no worker has responded recently"
  }

  var report: [Report.Worker] {
    fleet.slots.map { slot in
      Report.Worker(
        number: firstWorker + slot, machine: fleet.machine(slot), pid: nil, isReady: fleet.isReady(slot),
        streams: fleet.streams(on: slot), queuedBytes: links[slot]?.channel.queuedBytes ?? 0,
        backlogSeconds: backlogs[slot], heartbeatSeconds: links[slot]?.heartbeatSeconds)
    } + (trial.report.map { [$0] } ?? [])
  }
}
