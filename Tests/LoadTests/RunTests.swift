import Testing

@testable import LoadBenchmark

@Suite struct RunTests {
  @Test func `paced turns are spread evenly over the period`() {
    let plan = LoadPlan(pace: .paced(periodNanoseconds: 100_000_000), connections: 4, chunkBytes: 3200)
    #expect((0..<6).map { plan.due(turn: $0) } == [0, 25, 50, 75, 100, 125].map { $0 * 1_000_000 })
    #expect(plan.due(turn: 4_000_000_000) == 100_000_000_000_000_000)
    #expect(LoadPlan(pace: .idle, connections: 4, chunkBytes: 1).due(turn: 0) == nil)
  }

  @Test func `a ring holds what may be in flight, and a train fits a socket's buffer`() {
    #expect(LoadPlan(pace: .closed(inFlight: 16), connections: 1, chunkBytes: 1).mostInFlight == 16)
    #expect(LoadPlan(pace: .closed(inFlight: 17), connections: 1, chunkBytes: 1).mostInFlight == 32)
    #expect(LoadPlan(pace: .closed(inFlight: 16), connections: 1, chunkBytes: 1 << 20).trainFrames == 1)
    #expect(LoadPlan(pace: .closed(inFlight: 16), connections: 1, chunkBytes: 640).trainFrames == 16)
  }

  @Test func `a run goes through its stages, each once`() {
    let plan = LoadPlan(
      pace: .closed(inFlight: 1), connections: 2, chunkBytes: 1, warmUpNanoseconds: 10, measuredNanoseconds: 100)
    var timeline = Timeline(plan, now: 0)
    #expect(timeline.advance(now: 1, .init(connecting: 1, open: 1)) == nil)
    #expect(timeline.advance(now: 2, .init(open: 2)) == .settling)
    let settled = 2 + LoadPlan.settlingNanoseconds
    #expect(timeline.advance(now: settled - 1, .init(open: 2)) == nil)
    #expect(timeline.advance(now: settled, .init(open: 2)) == .warmingUp)
    #expect(timeline.isSending && timeline.measured.isEmpty)
    #expect(timeline.advance(now: settled + 10, .init(open: 2)) == .measuring)
    #expect(timeline.isSending)
    #expect(timeline.advance(now: settled + 115, .init(open: 2, unanswered: 1)) == .draining)
    #expect(timeline.measured == settled + 10..<settled + 110)
    #expect(timeline.advance(now: settled + 120, .init(open: 2, unanswered: 1)) == nil)
    #expect(timeline.advance(now: settled + 121, .init(open: 2)) == .closing)
    #expect(timeline.advance(now: settled + 122, .init(open: 1)) == nil)
    #expect(timeline.advance(now: settled + 123, .init()) == .over)
  }

  @Test func `connections that don't come and answers that don't come are waited for, but not for ever`() {
    var timeline = Timeline(LoadPlan(pace: .idle, connections: 1, chunkBytes: 1), now: 0)
    #expect(timeline.advance(now: LoadPlan.connectingNanoseconds, .init(connecting: 1)) == .settling)
    var now = LoadPlan.connectingNanoseconds
    for stage in [Timeline.Stage.warmingUp, .measuring, .draining, .closing, .over] {
      now += 10_000_000_000
      #expect(timeline.advance(now: now, .init(open: 1, unanswered: 1)) == stage)
    }
  }

  @Test func `an address is taken apart`() {
    let target = LoadTarget("ws://127.0.0.1:8000/api/audio/ws")
    #expect(target?.address == "127.0.0.1")
    #expect(target?.port == 8000)
    #expect(target?.path == "/api/audio/ws")
    #expect(target?.isEncrypted == false)
    #expect(LoadTarget("wss://127.0.0.1:8000/api/audio/ws")?.isEncrypted == true)
    #expect(LoadTarget("wss://127.0.0.1:8000/api/audio/ws")?.request == target?.request)
    for wrong in ["http://127.0.0.1:8000/", "ws://127.0.0.1/", "ws://127.0.0.1:80000/", "ws://:1:2/"] {
      #expect(LoadTarget(wrong) == nil)
    }
  }

  @Test func `an upgrade is believed only with the key's own answer`() {
    func answer(_ text: String) -> LoadTarget.Answer { Array(text.utf8).withUnsafeBytes { LoadTarget.answer($0) } }
    let head = "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
    #expect(answer(head + "more") == .upgraded(headBytes: head.utf8.count))
    #expect(answer(String(head.dropLast(1))) == .incomplete)
    #expect(answer("HTTP/1.1 503 Service Unavailable\r\n\r\n") == .refused)
    #expect(answer("HTTP/1.1 101 Switching Protocols\r\n\r\n") == .refused)
  }

  @Test func `memory is read as the system tells it`() {
    let use = ProcessUse(
      rollup: "00400000-7ffe ---p 00000000 00:00 0 [rollup]\nRss:   1234 kB\nPss:    567 kB\nPss_Anon: 9 kB\n")
    #expect(use.residentKilobytes == 1234)
    #expect(use.proportionalKilobytes == 567)
  }

  @Test func `a report is clean when every connection came and nothing is amiss`() {
    var report = LoadReport(plan: LoadPlan(pace: .idle, connections: 2, chunkBytes: 3200))
    #expect(!report.isClean)
    report.connected = 2
    #expect(report.isClean)
    #expect(report.json.hasPrefix(#"{"clean":true,"connections":2,"connected":2,"bytes":3200,"#))
    report.faults.untranscribed = 1
    #expect(!report.isClean)
    #expect(report.json.contains(#""untranscribed":1"#))
  }
}
