import JSON
import Testing
import WorkerLink

@testable import Server

struct ReportTests {
  private let report = Report(
    counters: Counters(connections: 3, refusals: 1, chunks: 40, bytes: 4000, processed: 38, dropped: 2, replayed: 5),
    uptimeSeconds: 1.5, connected: 2, detached: 1, heldBytes: 100, budgetBytes: 1000,
    workers: [
      .init(pid: 17, isReady: true, streams: 2, queuedBytes: 0),
      .init(pid: nil, isReady: false, streams: 1, queuedBytes: 9),
    ], engines: [("speech", false), ("mock", true)],
    sandbox: [SandboxLayer("seccomp"), SandboxLayer("user", problem: "needs root")])

  @Test func `as JSON`() throws {
    let json = try JSONValue(parsing: report.json)
    #expect(json["figures"]?["chunks_total"]?.integer == 40)
    #expect(json["figures"]?["uptime_seconds"]?.double == 1.5)
    #expect(json["workers"]?.array?.map { $0["pid"] ?? .bool(false) } == [.number("17"), .null])
    #expect(json["workers"]?.array?.last?["queued_bytes"]?.integer == 9)
    #expect(json["sandbox"]?.array?.map { $0["active"] ?? .null } == [.bool(true), .bool(false)])
    #expect(json["sandbox"]?.array?.last?["reason"]?.string == "needs root")
    #expect(json["engines"]?.array?.first == (try JSONValue(parsing: #"{"engine":"speech","ready":false}"#)))
  }

  @Test func `for Prometheus each figure has its help, its type and its value`() {
    let lines = report.prometheus.split(separator: "\n")
    #expect(lines.contains("audio_chunks_total 40"))
    #expect(lines.contains("# TYPE audio_chunks_total counter"))
    #expect(lines.contains(#"audio_worker_ready{worker="2"} 0"#))
    let helps = lines.count { $0.hasPrefix("# HELP ") }
    #expect(helps == lines.count { $0.hasPrefix("# TYPE ") })
    #expect(lines.contains(#"audio_engine_ready{engine="speech"} 0"#))
    #expect(lines.contains(#"audio_engine_ready{engine="mock"} 1"#))
    #expect(lines.count - 2 * helps == 22 + 3 * 2 + 2)
    #expect(report.prometheus.hasSuffix("\n"))
  }

  @Test func `a report is of all loops, the workers in their order`() {
    let first = LoopSnapshot(
      counters: Counters(connections: 1, refusals: 2, chunks: 3, bytes: 4, processed: 5), connected: 1, detached: 2,
      workers: [.init(pid: 1, isReady: true, streams: 1, queuedBytes: 0)], isAnswering: true)
    let second = LoopSnapshot(
      counters: Counters(
        connections: 10, chunks: 30, dropped: 60, replayed: 70, resumptions: 80, workersLost: 90),
      connected: 4,
      workers: [
        .init(pid: 2, isReady: true, streams: 2, queuedBytes: 0),
        .init(pid: 3, isReady: false, streams: 0, queuedBytes: 9),
      ])
    let report = Report([first, second], uptimeSeconds: 1, heldBytes: 7, budgetBytes: 8)
    #expect(
      report.counters
        == Counters(
          connections: 11, refusals: 2, chunks: 33, bytes: 4, processed: 5, dropped: 60, replayed: 70, resumptions: 80,
          workersLost: 90))
    #expect((report.connected, report.detached, report.heldBytes, report.budgetBytes) == (5, 2, 7, 8))
    #expect(report.workers.map(\.pid) == [1, 2, 3])
  }
}
