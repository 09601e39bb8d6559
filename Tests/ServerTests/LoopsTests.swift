import CommandLine
import Streams
import Testing

@testable import Server

struct WorkerDivisionTests {
  @Test func `every loop has its share of the workers, the later ones one more`() {
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
    #expect(try settings([]).workers.count == 1)
    #expect(try settings(["--loops", "3"]).workers.count == 3)
    #expect(try settings(["--loops", "3", "--workers", "7"]).workers.count == 7)
    let error = #expect(throws: UsageError.self) { try settings(["--loops", "3", "--workers", "2"]) }
    for part in ["--workers", "2", "3 to 64", "--loops 3"] { #expect(error?.message.contains(part) == true) }
    #expect(throws: UsageError.self) { try settings(["--loops", "65"]) }
  }
}

struct SeveralLoopsTests {
  @Test func `sessions are found where they were put, and numbers are given once`() throws {
    let shared = SharedState(
      try ServerSettings(Settings(ServerSettings.flags, arguments: ["--loops", "2"], environment: { _ in nil })))
    let none = shared.sessions["a"]
    #expect(none == nil)
    for loop in 0...1 {
      let entry = SessionDirectory.Entry(loop: loop, stream: 7)
      shared.sessions.set("a", to: entry)
      let found = shared.sessions["a"]
      #expect(found == entry)
    }
    shared.sessions.remove("a", of: 8, on: 1)
    shared.sessions.remove("a", of: 7, on: 0)
    let other = shared.sessions["a"]
    #expect(other != nil)
    shared.sessions.remove("a", of: 7, on: 1)
    let removed = shared.sessions["a"]
    #expect(removed == nil)
    let numbers = (0..<100).map { _ in shared.clientIDs.next() }
    #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 + 1 == $1 })
    let totals = [5, -2].map { shared.memory.add(MemoryBudget.Share(bytes: $0)).bytes }
    #expect(totals == [5, 3])
  }
}

struct LoopWatchTests {
  @Test func `a server is alive while every loop answers between two looks`() {
    var watch = LoopWatch(loops: 2)
    let first = watch.look()
    watch.heard(from: 0)
    let half = watch.look()
    watch.heard(from: 1)
    let late = watch.look()
    #expect([first, half, late] == [true, false, true])
  }
}

struct WorkerPathTests {
  private func worker(of server: String, at paths: String...) -> String {
    WorkerSettings.worker(of: server, isThere: paths.contains)
  }

  @Test func `a worker is beside its server, or where an installed one has it`() {
    #expect(worker(of: "/a/b/audio-server", at: "/a/b/audio-worker") == "/a/b/audio-worker")
    let installed = "/usr/lib/audio-service/audio-worker"
    #expect(worker(of: "/usr/bin/audio-server", at: installed) == installed)
    #expect(worker(of: "/usr/bin/audio-server", at: installed, "/usr/bin/audio-worker") == "/usr/bin/audio-worker")
    // The reason that is told when there is none names the first place.
    #expect(worker(of: "/usr/bin/audio-server") == "/usr/bin/audio-worker")
  }
}
