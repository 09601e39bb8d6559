import JSON
import Testing
import Web
import WebSocket

@testable import Server

struct ReportTests {
  private let report = Report(
    tally: Tally(connections: 3, refusals: 1, chunks: 40, bytes: 4000, processed: 38, dropped: 2, replayed: 5),
    uptimeSeconds: 1.5, clients: 2, away: 1, heldBytes: 100, budgetBytes: 1000,
    workers: [
      .init(pid: 17, isReady: true, streams: 2, queuedBytes: 0),
      .init(pid: nil, isReady: false, streams: 1, queuedBytes: 9),
    ])

  @Test func `as JSON`() throws {
    let json = try JSONValue(parsing: report.json)
    #expect(json["figures"]?["chunks_total"]?.integer == 40)
    #expect(json["figures"]?["uptime_seconds"]?.double == 1.5)
    #expect(json["workers"]?.array?.map { $0["pid"] ?? .bool(false) } == [.number("17"), .null])
    #expect(json["workers"]?.array?.last?["queued_bytes"]?.integer == 9)
  }

  @Test func `for Prometheus each figure has its help, its type and its value`() {
    let lines = report.prometheus.split(separator: "\n")
    #expect(lines.contains("audio_chunks_total 40"))
    #expect(lines.contains("# TYPE audio_chunks_total counter"))
    #expect(lines.contains(#"audio_worker_ready{worker="2"} 0"#))
    let helps = lines.count { $0.hasPrefix("# HELP ") }
    #expect(helps == lines.count { $0.hasPrefix("# TYPE ") })
    #expect(lines.count - 2 * helps == 14 + 3 * 2)
    #expect(report.prometheus.hasSuffix("\n"))
  }

  @Test func `whether the server is ready`() throws {
    #expect(Routes.readiness(nil) == HTTPResponse(status: 200, json: #"{"status":"ready"}"#))
    let response = Routes.readiness("no worker")
    #expect(response.status == 503)
    #expect(try JSONValue(parsing: response.body)["reason"]?.string == "no worker")
  }
}

struct MemoryBudgetTests {
  @Test func `with all of it used nobody new is taken on`() {
    var budget = MemoryBudget(limitBytes: 1000)
    budget.change(by: 999)
    #expect(!budget.isFull)
    budget.change(by: 1)
    #expect(budget.isFull)
    budget.change(by: -1)
    #expect(!budget.isFull)
  }

  @Test func `past half of it who holds more than a share is slowed, until well below`() {
    var budget = MemoryBudget(limitBytes: 1000)
    budget.change(by: 499)
    #expect(!budget.slows(unansweredBytes: 400, clients: 5))
    budget.change(by: 1)
    #expect(budget.slows(unansweredBytes: 101, clients: 5))
    #expect(!budget.slows(unansweredBytes: 100, clients: 5))
    #expect(!budget.releases(unansweredBytes: 101, clients: 5))
    #expect(budget.releases(unansweredBytes: 50, clients: 5))
    budget.change(by: -126)
    #expect(budget.releases(unansweredBytes: 1000, clients: 5))
  }
}
