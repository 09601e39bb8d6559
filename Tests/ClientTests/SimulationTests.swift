import Platform
import Testing

@testable import Client
@testable import SpeechClient

struct SimulationPlanTests {
  private let plan = SimulationPlan(
    clients: 4, messages: 10, interval: .milliseconds(20), chunkBytes: 100, openChunks: 3)

  @Test func `clients begin spread over one interval`() {
    #expect((0..<4).map { plan.offset(ofClient: $0) } == [0, 5, 10, 15].map { .milliseconds($0) })
    #expect(plan.chunks == 40)
  }

  @Test func `each chunk has its time, held chunks catch up, and the plan ends with the last one`() {
    #expect(plan.next(sent: 0, open: 0, unsentBytes: 0, after: .zero) == .send)
    #expect(plan.next(sent: 1, open: 0, unsentBytes: 0, after: .milliseconds(19)) == .wait(until: .milliseconds(20)))
    #expect(plan.next(sent: 1, open: 2, unsentBytes: 0, after: .milliseconds(50)) == .send)
    #expect(plan.next(sent: 2, open: 3, unsentBytes: 0, after: .milliseconds(50)) == .hold)
    #expect(plan.next(sent: 2, open: 0, unsentBytes: SimulationPlan.unsentBytes, after: .seconds(1)) == .hold)
    #expect(plan.next(sent: 10, open: 3, unsentBytes: 0, after: .seconds(9)) == .done)
  }

  @Test func `without an interval only unanswered chunks hold a client`() {
    var fast = plan
    fast.interval = .zero
    #expect(fast.next(sent: 9, open: 2, unsentBytes: 0, after: .zero) == .send)
    #expect(fast.next(sent: 9, open: 3, unsentBytes: 0, after: .seconds(5)) == .hold)
  }
}

struct SimulationReportTests {
  private func report(sent: Int, transcribed: Int, receipts: Int = 1) -> SimulationReport {
    var ledger = Ledger()
    for seq in 1...sent {
      ledger.send(bytes: 10, at: .zero)
      ledger.accept(seq: seq, chunkBytes: 10)
    }
    for seq in 1...transcribed { _ = ledger.transcribe(seq: seq, at: .milliseconds(2)) }
    var report = SimulationReport()
    report.clients = 1
    report.connected = 1
    report.planned = 4
    report.receipts = receipts
    report.elapsed = .seconds(2)
    report.latency.add(.milliseconds(2))
    report.counts.add(ledger)
    return report
  }

  @Test func `complete means everything sent, everything transcribed, every receipt agrees`() {
    #expect(report(sent: 4, transcribed: 4).isComplete)
    #expect(!report(sent: 4, transcribed: 3).isComplete)
    #expect(!report(sent: 3, transcribed: 3).isComplete)
    #expect(!report(sent: 4, transcribed: 4, receipts: 0).isComplete)
    var interrupted = report(sent: 3, transcribed: 3)
    interrupted.wasInterrupted = true
    #expect(interrupted.isComplete)
  }

  @Test func `the table names each figure`() {
    #expect(
      report(sent: 4, transcribed: 3).table == [
        "clients            1",
        "chunks sent        4",
        "acked              4",
        "transcribed        3",
        "lost               1",
        "receipts agreeing  1",
        "latency p50        2.0 ms",
        "latency p99        2.0 ms",
        "latency max        2.0 ms",
        "rate               2 chunks/s, 0.00 MB/s",
        "time               2.00 s",
      ])
  }
}
