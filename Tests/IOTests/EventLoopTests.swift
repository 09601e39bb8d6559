import Glibc
import Platform
import Synchronization
import Testing

@testable import IO

struct EventLoopTests {
  @Test func `timers fire in their order, once or until cancelled`() throws {
    let loop = try EventLoop()
    var seen: [String] = []
    loop.after(.milliseconds(30)) { seen.append("third") }
    loop.after(.milliseconds(1)) { seen.append("first") }
    loop.after(.milliseconds(15)) { seen.append("second") }
    let never = loop.after(.milliseconds(2)) { seen.append("never") }
    never.cancel()
    var repeating: LoopTimer?
    var count = 0
    repeating = loop.after(.milliseconds(40), repeating: .milliseconds(1)) {
      count += 1
      guard count == 3 else { return }
      repeating?.cancel()
      loop.after(.milliseconds(20)) { loop.stop() }
    }
    loop.run()
    #expect(seen == ["first", "second", "third"])
    #expect(count == 3)
  }

  @Test func `jobs from other threads run in order, and wake the loop up`() throws {
    let loop = try EventLoop()
    let gate = loop.gate
    // On the loop's thread only, which is this one.
    nonisolated(unsafe) var order: [[Int]] = []
    let threads = try (0..<4).map { thread in
      try SystemThread {
        for number in 0..<1000 { gate.submit { order.append([thread, number]) } }
      }
    }
    let check = loop.after(.milliseconds(1), repeating: .milliseconds(1)) {
      if order.count == 4000 { loop.stop() }
    }
    loop.run()
    check.cancel()
    for thread in threads { thread.join() }
    for thread in 0..<4 {
      #expect(order.filter { $0.first == thread }.map { $0[1] } == Array(0..<1000))
    }
  }

  @Test func `a round waits, or begins at once, or rests whatever is ready`() throws {
    let loop = try EventLoop()
    var rounds: [Duration] = []
    var timer: Duration?
    let start = loop.now
    loop.after(.milliseconds(2)) { timer = loop.now }
    loop.onRoundEnd { [unowned loop] in
      rounds.append(loop.now)
      switch rounds.count {
      case 1: loop.nextRound = .at(start + .milliseconds(30))
      case 2..<1000: loop.nextRound = .atOnce
      case 1000:
        loop.nextRound = .whenReady
        loop.after(.milliseconds(20)) { loop.stop() }
      default: break
      }
    }
    loop.run()
    // Nothing was ready but the timer, which the rest had wait.
    let fired = try #require(timer)
    #expect(fired - start >= .milliseconds(30))
    #expect(rounds.count < 1010)
    #expect(rounds.dropFirst(1000).allSatisfy { $0 - rounds[999] >= .milliseconds(15) })
  }

  @Test func `a gate outlives its loop and says so`() throws {
    let gate: LoopGate
    do {
      let loop = try EventLoop()
      gate = loop.gate
      #expect(gate.submit {})
    }
    #expect(!gate.submit { Issue.record("ran without a loop") })
  }

  @Test func `descriptors are watched for what is wanted`() throws {
    let loop = try EventLoop()
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    let (reading, writing) = (ends[0], ends[1])
    defer {
      close(reading)
      close(writing)
    }
    var got: [UInt8] = []
    var writes = 0
    var readWatch: DescriptorWatch?
    readWatch = loop.watch(
      descriptor: reading,
      readable: {
        var byte: UInt8 = 0
        _ = read(reading, &byte, 1)
        got.append(byte)
        guard got.count == 3 else { return }
        // Cancelled from inside its own action.
        readWatch?.cancel()
        readWatch = nil
        loop.stop()
      })
    var writeWatch: DescriptorWatch?
    writeWatch = loop.watch(
      descriptor: writing,
      writable: {
        writes += 1
        var byte = UInt8(writes)
        _ = write(writing, &byte, 1)
        if writes == 3 { writeWatch?.wantsWritable = false }
      })
    loop.run()
    #expect(got == [1, 2, 3])
    #expect(writes == 3)
    writeWatch?.cancel()
  }

  @Test func `the round's end comes after its events, in order of registration`() throws {
    let loop = try EventLoop()
    var seen: [String] = []
    loop.onRoundEnd { if seen.last == "event" { seen.append("one") } }
    loop.onRoundEnd { [unowned loop] in
      if seen.last == "one" {
        seen.append("two")
        loop.stop()
      }
    }
    loop.after(.milliseconds(1)) { seen.append("event") }
    loop.run()
    #expect(seen == ["event", "one", "two"])
  }

  @Test func `signals arrive on the loop`() throws {
    let loop = try EventLoop()
    var count = 0
    let watch = loop.onSignal(SIGURG) {
      count += 1
      loop.stop()
    }
    loop.after(.milliseconds(1)) { kill(getpid(), SIGURG) }
    loop.run()
    #expect(count == 1)
    watch.cancel()
  }

  @Test func `time is the same all through a round, and goes on`() throws {
    let loop = try EventLoop()
    var times: [Duration] = []
    loop.after(.milliseconds(1)) {
      times.append(loop.now)
      usleep(2000)
      times.append(loop.now)
      loop.after(.milliseconds(1)) {
        times.append(loop.now)
        loop.stop()
      }
    }
    loop.run()
    #expect(times[0] == times[1])
    #expect(times[2] - times[1] >= .milliseconds(3))
  }
}
