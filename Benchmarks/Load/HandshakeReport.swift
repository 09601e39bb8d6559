internal import Glibc

/// The result of a run of handshakes, as one line of JSON.
struct HandshakeReport {
  var processes: [LoadReport.Process]
  var completed = 0
  /// Of the completed ones, those with a ticket.
  var resumed = 0
  var failed = 0
  /// The server did not take a ticket of its own.
  var refusedTickets = 0
  private var nanoseconds = 0
  private var ownNanoseconds = 0

  init(processes: [LoadReport.Process]) { self.processes = processes }

  var isClean: Bool { failed == 0 && refusedTickets == 0 && completed > 0 }

  /// The measurement begins.
  mutating func begin() {
    (completed, resumed, failed, refusedTickets) = (0, 0, 0, 0)
    for index in processes.indices {
      processes[index].cpuNanoseconds = -ProcessUse.cpuNanoseconds(processes[index].pid)
    }
    ownNanoseconds = -Clock.read(CLOCK_PROCESS_CPUTIME_ID)
    nanoseconds = -Clock.now()
  }

  mutating func end() {
    nanoseconds += Clock.now()
    ownNanoseconds += Clock.read(CLOCK_PROCESS_CPUTIME_ID)
    for index in processes.indices {
      processes[index].cpuNanoseconds += ProcessUse.cpuNanoseconds(processes[index].pid)
    }
  }

  var json: String {
    let seconds = Double(nanoseconds) / 1e9
    return LoadReport.object([
      ("clean", "\(isClean)"), ("seconds", "\(seconds)"), ("measured", "\(completed)"), ("resumed", "\(resumed)"),
      ("per_second", "\(seconds > 0 ? Int(Double(completed) / seconds) : 0)"),
      ("generator_cpu", LoadReport.share(ownNanoseconds, of: nanoseconds)),
      ("faults", LoadReport.object([("failed", "\(failed)"), ("refused_tickets", "\(refusedTickets)")])),
      ("processes", "[\(processes.map { $0.json(nanoseconds) }.joined(separator: ","))]"),
    ])
  }
}
