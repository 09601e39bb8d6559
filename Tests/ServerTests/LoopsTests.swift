import CommandLine
import Testing

@testable import Server

struct WorkerDivisionTests {
  @Test func `every loop has its share of the workers, those behind the first one more`() {
    #expect(WorkerDivision.divide(1, over: 1) == [1])
    #expect(WorkerDivision.divide(4, over: 2) == [2, 2])
    #expect(WorkerDivision.divide(5, over: 2) == [2, 3])
    #expect(WorkerDivision.divide(3, over: 3) == [1, 1, 1])
    for loops in 1...64 {
      for workers in loops...64 {
        let shares = WorkerDivision.divide(workers, over: loops)
        #expect(shares.count == loops && shares.reduce(0, +) == workers)
        #expect((shares.max() ?? 0) - (shares.min() ?? 0) <= 1 && shares.min() == shares.first)
      }
    }
  }

  private func settings(_ arguments: [String]) throws -> ServerSettings {
    try ServerSettings(Settings(ServerSettings.flags, arguments: arguments, environment: { _ in nil }))
  }

  @Test func `without a number of workers there is one for each loop, and never fewer`() throws {
    #expect(try settings([]).loops == 1)
    #expect(try settings([]).workers == 1)
    #expect(try settings(["--loops", "3"]).workers == 3)
    #expect(try settings(["--loops", "3", "--workers", "7"]).workers == 7)
    let error = #expect(throws: UsageError.self) { try settings(["--loops", "3", "--workers", "2"]) }
    for part in ["--workers", "2", "3 to 64", "--loops 3"] { #expect(error?.message.contains(part) == true) }
    #expect(throws: UsageError.self) { try settings(["--loops", "65"]) }
  }
}

struct SeveralLoopsTests {
  @Test func `what one loop holds the others know once it was told`() {
    var here = MemoryBudget(limitBytes: 1000)
    here.change(by: 300)
    here.change(by: -100)
    #expect(here.unsettledBytes == 200)
    here.settle(900)
    #expect((here.heldBytes, here.unsettledBytes) == (900, 0))
    here.change(by: 100)
    #expect(here.isFull)
    #expect(here.unsettledBytes == 100)
  }

  @Test func `a report is of all loops, the workers in their order`() throws {
    let first = Share(
      tally: Tally(connections: 1, refusals: 2, chunks: 3, bytes: 4, processed: 5), clients: 1, away: 2,
      workers: [.init(pid: 1, isReady: true, streams: 1, queuedBytes: 0)], isAnswering: true)
    let second = Share(
      tally: Tally(connections: 10, chunks: 30, dropped: 60, replayed: 70, resumptions: 80, workersLost: 90),
      clients: 4,
      workers: [
        .init(pid: 2, isReady: true, streams: 2, queuedBytes: 0),
        .init(pid: 3, isReady: false, streams: 0, queuedBytes: 9),
      ])
    let report = Report([first, second], uptimeSeconds: 1, heldBytes: 7, budgetBytes: 8)
    #expect(
      report.tally
        == Tally(
          connections: 11, refusals: 2, chunks: 33, bytes: 4, processed: 5, dropped: 60, replayed: 70, resumptions: 80,
          workersLost: 90))
    #expect((report.clients, report.away, report.heldBytes, report.budgetBytes) == (5, 2, 7, 8))
    #expect(report.workers.map(\.pid) == [1, 2, 3])
  }

  @Test func `sessions are found where they were put, and numbers are given once`() throws {
    let commons = Commons(
      try ServerSettings(Settings(ServerSettings.flags, arguments: ["--loops", "2"], environment: { _ in nil })))
    #expect(commons.place(of: "a") == nil)
    commons.put("a", at: .init(loop: 0, stream: 7))
    commons.put("a", at: .init(loop: 1, stream: 7))
    #expect(commons.place(of: "a") == .init(loop: 1, stream: 7))
    commons.put("a", at: nil)
    #expect(commons.place(of: "a") == nil)
    let numbers = (0..<100).map { _ in commons.nextClientID() }
    #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 + 1 == $1 })
    #expect(commons.hold(5) == 5)
    #expect(commons.hold(-2) == 3)
  }
}
