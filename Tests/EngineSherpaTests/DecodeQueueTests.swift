import Testing

@testable import EngineSherpa

@Suite struct DecodeQueueTests {
  private var queue = DecodeQueue<String>()

  private mutating func drain() -> [String] {
    var done: [String] = []
    while let work = queue.next() {
      switch work {
      case .final(let name): done.append(name)
      case .partial(let stream): done.append("look at \(stream)")
      }
    }
    return done
  }

  @Test mutating func `what is over comes before looks at what is not`() {
    queue.addPartial(of: 1)
    queue.add(final: "a", of: 2)
    queue.addPartial(of: 3)
    queue.add(final: "b", of: 4)
    #expect(drain() == ["a", "b", "look at 1", "look at 3"])
    #expect(queue.isEmpty)
  }

  @Test mutating func `streams take turns, and one's own come in order`() {
    for name in ["a1", "a2", "a3"] { queue.add(final: name, of: 1) }
    queue.add(final: "b1", of: 2)
    #expect(drain() == ["a1", "b1", "a2", "a3"])
  }

  @Test mutating func `the rest of a final comes before the others of its stream, in its turn`() {
    queue.add(final: "a1", of: 1)
    queue.add(final: "a2", of: 1)
    queue.add(final: "b", of: 2)
    guard case .final("a1")? = queue.next() else {
      Issue.record("another one is first")
      return
    }
    queue.add(rest: "rest of a1", of: 1)
    #expect(drain() == ["b", "rest of a1", "a2"])
    queue.add(rest: "alone", of: 3)
    #expect(drain() == ["alone"])
  }

  @Test mutating func `a look that comes due while the last waits is skipped and counted`() {
    for _ in 0..<3 { queue.addPartial(of: 1) }
    queue.addPartial(of: 2)
    #expect(queue.skipped(1) == 2)
    #expect(queue.skipped(2) == 0)
    #expect(drain() == ["look at 1", "look at 2"])
    queue.addPartial(of: 1)
    #expect(drain() == ["look at 1"])
    #expect(queue.skipped(1) == 2)
  }

  @Test mutating func `a look that is left out is counted, and one that waits stays`() {
    queue.addPartial(of: 1)
    queue.skipPartial(of: 1)
    queue.skipPartial(of: 2)
    #expect(queue.skipped(1) == 1)
    #expect(queue.skipped(2) == 1)
    #expect(drain() == ["look at 1"])
  }

  @Test mutating func `live streams compete with each other alone`() {
    queue.set(1, yields: false)
    #expect(!queue.isContended(1))
    queue.set(2, yields: true)
    #expect(!queue.isContended(1))
    queue.set(2, yields: false)
    #expect(queue.isContended(1) && queue.isContended(2))
    queue.set(2, yields: true)
    #expect(!queue.isContended(1) && !queue.isContended(2))
    queue.set(3, yields: false)
    #expect(queue.isContended(1))
    _ = queue.drop(3)
    #expect(!queue.isContended(1))
  }

  @Test mutating func `a look at an utterance that has ended in the meantime is skipped`() {
    queue.addPartial(of: 1)
    queue.add(final: "a", of: 1)
    #expect(drain() == ["a"])
    #expect(queue.skipped(1) == 1)
  }

  @Test mutating func `a stream that is over leaves nothing behind but what it gives back`() {
    queue.add(final: "a1", of: 1)
    queue.add(final: "a2", of: 1)
    queue.add(final: "b1", of: 2)
    queue.addPartial(of: 1)
    queue.addPartial(of: 1)
    #expect(queue.drop(1) == ["a1", "a2"])
    #expect(queue.skipped(1) == 0)
    #expect(drain() == ["b1"])
    #expect(queue.drop(7).isEmpty)
  }

  @Test mutating func `a partial for want of audio is added once and skips none`() {
    queue.addIdlePartial(of: 1)
    queue.addIdlePartial(of: 1)
    #expect(queue.skipped(1) == 0)
    #expect(drain() == ["look at 1"])
  }

  @Test mutating func `streams that yield come after the others' finals and partials`() {
    queue.set(1, yields: true)
    queue.add(final: "fast", of: 1)
    queue.addPartial(of: 2)
    queue.add(final: "live", of: 3)
    #expect(drain() == ["live", "look at 2", "fast"])
    queue.add(final: "fast", of: 1)
    queue.add(final: "live", of: 3)
    queue.set(1, yields: false)
    #expect(drain() == ["fast", "live"])
  }

  @Test mutating func `a stream that yields has one turn in eight, however much the others have`() {
    queue.set(1, yields: true)
    for number in 1...3 { queue.add(final: "fast\(number)", of: 1) }
    var order: [String] = []
    for number in 1...20 {
      queue.add(final: "\(number)", of: 2)
      guard case .final(let name)? = queue.next() else { continue }
      order.append(name)
    }
    #expect(order.firstIndex(of: "fast1") == 7)
    #expect(order.firstIndex(of: "fast2") == 15)
  }

  @Test mutating func `no final waits for two turns of streams that yield`() {
    queue.set(1, yields: true)
    for number in 1...3 { queue.add(final: "fast\(number)", of: 1) }
    for number in 1...20 { queue.add(final: "\(number)", of: 2) }
    var order = (1...20).map { "\($0)" }
    order.insert("fast1", at: 7)
    order += ["fast2", "fast3"]
    #expect(drain() == order)
    // Nor one that comes while they have a turn, or of a stream that others have kept from its own.
    queue.add(final: "fast4", of: 1)
    queue.add(final: "fast5", of: 1)
    guard case .final("fast4")? = queue.next() else {
      Issue.record("nobody else has anything")
      return
    }
    let later = (1...9).map { "a\($0)" }
    for name in later { queue.add(final: name, of: 2) }
    #expect(drain() == later + ["fast5"])
  }

  @Test mutating func `streams are live that do not yield, until they are over`() {
    #expect(!queue.hasLive)
    queue.set(1, yields: true)
    #expect(!queue.hasLive)
    queue.set(2, yields: false)
    #expect(queue.hasLive)
    queue.set(2, yields: true)
    #expect(!queue.hasLive)
    queue.set(2, yields: false)
    _ = queue.drop(2)
    #expect(!queue.hasLive)
  }
}
