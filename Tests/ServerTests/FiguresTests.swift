import Dialects
import Glibc
import Streams
import Support
import Testing

@testable import Server

struct RefusalCountersTests {
  @Test func `each refusal counts for its reason, and every reason is listed`() {
    var one = RefusalCounters.one(.overloaded)
    one.add(.tokenMissing)
    one.add(.overloaded)
    one.add(.unknownSession)
    var other = RefusalCounters.one(.notFound)
    other.add(.segmentOutOfRange(3, lastFinal: 1))
    other.add(.answeredOutOfRange(3, received: 1))
    other.add(one)
    #expect(other.total == 4)
    #expect(other.byCause.map(\.cause) == Rejection.Cause.allCases)
    #expect(
      other.byCause.filter { $0.count > 0 }.map { "\($0.cause.rawValue) \($0.count)" } == [
        "token_missing 1", "overloaded 2", "not_found 1",
      ])
    #expect(
      other.byResumeCause.map { "\($0.cause.rawValue) \($0.count)" } == [
        "unknown_session 1", "not_first_message 0", "messages_dropped 0", "out_of_range 2",
      ])
  }
}

struct ProcessUsageTests {
  @Test(arguments: ["(audio-worker)", "(a b) (c)", "())"]) func `the name of a process may be anything`(name: String) {
    let stat = "123 \(name) S 1 2 3 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 1 0 99 1000000 42 18446744073709551615 1 1"
    #expect(
      ProcessUsage(stat: stat, ticksPerSecond: 100, pageBytes: 4096)
        == ProcessUsage(
          cpuSeconds: 3, residentBytes: 42 * 4096, virtualBytes: 1_000_000, startSeconds: 0.99))
  }

  @Test(arguments: ["", "123", "123 (x) S", "123 (x) S 1 2 3 4 5 6 7 8 9 10 x 12 13 14 15 16 17 18 19 20 21 22"])
  func `what is not such a text says nothing`(text: String) {
    #expect(ProcessUsage(stat: text, ticksPerSecond: 100, pageBytes: 4096) == nil)
  }

  @Test func `the kernel tells of this process, and nothing of none`() throws {
    let usage = try #require(ProcessUsage(pid: Int(getpid())))
    #expect(usage.residentBytes > 1 << 20)
    #expect(usage.cpuSeconds > 0)
    #expect(try #require(ProcessUsage.systemStart) > 1e9)
    #expect(ProcessUsage(pid: Int(Int32.max)) == nil)
  }
}

struct SessionFiguresTests {
  @Test func `partials that were skipped count once`() {
    var figures = SessionFigures()
    #expect([0, 3, 3, 5, 2, 4].map { figures.newPartials($0) } == [0, 3, 0, 2, 0, 2])
  }

  @Test func `a session is as old as its first connection`() {
    var figures = SessionFigures()
    #expect(figures.age(now: 5) == 0)
    figures.opened(now: 10)
    figures.opened(now: 20)
    #expect(figures.age(now: 25) == 15)
  }

  @Test func `the rate is that since it was asked before, and not of moments`() {
    var figures = SessionFigures()
    figures.opened(now: 100)
    #expect(figures.rate(chunks: 5, now: 100.5) == 5)
    #expect(figures.rate(chunks: 40, now: 104) == 10)
    // Another operator asks at once.
    #expect(figures.rate(chunks: 41, now: 104.1) == 10)
    #expect(figures.rate(chunks: 50, now: 106) == 5)
    #expect(figures.rate(chunks: 50, now: 108) == 0)
  }
}
