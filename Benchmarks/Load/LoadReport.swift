internal import Platform

/// The result of a run, as one line of JSON.
struct LoadReport {
  /// Faults of connections and chunks; all zero if the server is correct and keeps up.
  struct Faults: Equatable {
    /// Connections that never became a WebSocket, or ended early.
    var refused = 0
    var broken = 0
    /// Chunks without acknowledgement or transcription at the end, and replies that were skipped.
    var unacknowledged = 0
    var untranscribed = 0
    var skipped = 0
    /// Replies that arrived twice, too early or with another size, errors, and invalid frames.
    var repeated = 0
    var early = 0
    var wrongSize = 0
    var unexpected = 0
    var invalid = 0
    /// Chunks that could not be sent: too many of their connection were in flight.
    var withheld = 0
  }

  struct Process {
    var pid: Int32
    var before = ProcessUse()
    var idle = ProcessUse()
    var loaded = ProcessUse()
    /// Its processor time during the measurement.
    var cpuNanoseconds = 0
  }

  var plan: LoadPlan
  var faults = Faults()
  var connected = 0
  var sent = 0
  var completed = 0
  var measuredNanoseconds = 0
  /// Chunks completed during the measurement.
  var measuredChunks = 0
  var acknowledgements = LatencyHistogram()
  var transcriptions = LatencyHistogram()
  /// How late chunks were sent: the generator's own delay.
  var lateness = LatencyHistogram()
  var ownNanoseconds = 0
  var processes: [Process] = []

  var isClean: Bool { faults == Faults() && connected == plan.connections }

  var json: String {
    let seconds = Double(measuredNanoseconds) / 1e9
    let members: [(String, String)] = [
      ("clean", "\(isClean)"), ("connections", "\(plan.connections)"), ("connected", "\(connected)"),
      ("bytes", "\(plan.chunkBytes)"), ("seconds", "\(seconds)"), ("sent", "\(sent)"), ("completed", "\(completed)"),
      ("measured", "\(measuredChunks)"), ("per_second", "\(seconds > 0 ? Int(Double(measuredChunks) / seconds) : 0)"),
      ("reply_us", Self.json(acknowledgements + transcriptions)), ("acknowledgement_us", Self.json(acknowledgements)),
      ("transcription_us", Self.json(transcriptions)),
      ("lateness_us", Self.json(lateness)), ("generator_cpu", Self.share(ownNanoseconds, of: measuredNanoseconds)),
      ("faults", faults.json),
      ("processes", "[\(processes.map { $0.json(measuredNanoseconds) }.joined(separator: ","))]"),
    ]
    return Self.object(members)
  }

  static func object(_ members: [(String, String)]) -> String {
    "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
  }

  static func share(_ part: Int, of whole: Int) -> String {
    whole > 0 ? "\(Double(part * 10_000 / whole) / 10_000)" : "0"
  }

  private static func json(_ times: LatencyHistogram) -> String {
    func microseconds(_ time: Duration?) -> String { "\(Double(Int((time ?? .zero) / .nanoseconds(100))) / 10)" }
    return object([
      ("count", "\(times.count)"), ("p50", microseconds(times.percentile(0.5))),
      ("p99", microseconds(times.percentile(0.99))), ("p999", microseconds(times.percentile(0.999))),
      ("max", microseconds(times.maximum)),
    ])
  }
}

extension LoadReport.Faults {
  var json: String {
    LoadReport.object([
      ("refused", "\(refused)"), ("broken", "\(broken)"), ("unacknowledged", "\(unacknowledged)"),
      ("untranscribed", "\(untranscribed)"), ("skipped", "\(skipped)"), ("repeated", "\(repeated)"),
      ("early", "\(early)"),
      ("wrong_size", "\(wrongSize)"), ("unexpected", "\(unexpected)"), ("invalid", "\(invalid)"),
      ("withheld", "\(withheld)"),
    ])
  }
}

extension LoadReport.Process {
  func json(_ measuredNanoseconds: Int) -> String {
    LoadReport.object([
      ("pid", "\(pid)"), ("cpu", LoadReport.share(cpuNanoseconds, of: measuredNanoseconds)),
      ("cpu_seconds", "\(Double(cpuNanoseconds) / 1e9)"),
      ("rss_kb", "[\(before.residentKilobytes),\(idle.residentKilobytes),\(loaded.residentKilobytes)]"),
      ("pss_kb", "[\(before.proportionalKilobytes),\(idle.proportionalKilobytes),\(loaded.proportionalKilobytes)]"),
    ])
  }
}
