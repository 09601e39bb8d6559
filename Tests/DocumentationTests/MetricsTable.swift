@testable import Server

/// The table of metrics in docs/operations.md, made from what a server with a worker, an engine and TLS reports.
enum MetricsTable {
  static let path = "docs/operations.md"
  /// The lines around it.
  static let begin = "| metric | type | labels | meaning |\n|---|---|---|---|\n"

  private static let report = Report(
    counters: Counters(), uptimeSeconds: 1, clients: .init(connected: 0, away: 0),
    memory: .init(heldBytes: 0, budgetBytes: 1),
    workers: [
      .init(
        number: 1, machine: nil, pid: 1, isReady: true, streams: 0, queuedBytes: 0, heartbeatSeconds: 0.001,
        copyBytes: 1,
        copiesDropped: 0,
        usage: ProcessUsage(cpuSeconds: 1, residentBytes: 1))
    ],
    engines: [.init(name: "mock", isReady: true)], usage: ProcessUsage(cpuSeconds: 1, residentBytes: 1),
    certificateExpiry: 1)

  static var rows: String {
    var rows = ""
    var help: Substring = ""
    var lines = report.prometheus.split(separator: "\n")[...]
    while let line = lines.popFirst() {
      let words = line.split(separator: " ", maxSplits: 3)
      guard words[0] == "#" else { continue }
      if words[1] == "HELP" {
        help = words[3]
      } else {
        let labels = labels(of: lines.first ?? "").filter { $0 != "le" }.map { "`\($0)`" }.joined(separator: ", ")
        rows += "| `\(words[2])` | \(words[3]) | \(labels.isEmpty ? "" : labels + " ")| \(help) |\n"
      }
    }
    return rows
  }

  /// The names of a sample's labels.
  private static func labels(of sample: Substring) -> [Substring] {
    guard let open = sample.firstIndex(of: "{") else { return [] }
    return sample[open...].dropFirst().split(separator: "=").dropLast().map { part in
      part.split { ",\"".contains($0) }.last ?? part
    }
  }
}
