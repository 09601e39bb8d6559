import Testing

@testable import WebSocket

struct OutboxTests {
  private func told(_ outbox: inout Outbox, _ event: (inout Outbox) -> Bool) -> Bool { event(&outbox) }

  @Test func `an empty outbox rests`() {
    #expect(Outbox().next == .rest)
  }

  @Test func `what is queued is written at once when nothing is in the way`() {
    var outbox = Outbox()
    outbox.queue(10)
    outbox.queue(20)
    #expect(outbox.next == .write)
    let drained = outbox.wrote(blocked: false)
    #expect(!drained)
    #expect(outbox.unsentBytes == 0)
    #expect(outbox.next == .rest)
  }

  @Test func `nothing is written while the library holds a rest, and all of it after`() {
    var outbox = Outbox()
    outbox.queue(100)
    _ = outbox.wrote(blocked: true)
    outbox.queue(50)
    #expect(outbox.isBlocked)
    #expect(outbox.unsentBytes == 150)
    #expect(outbox.next == .rest)
    _ = outbox.becameWritable()
    #expect(outbox.next == .write)
    #expect(outbox.unsentBytes == 50)
  }

  @Test func `draining is told once, and only after the low-water mark was passed`() {
    var outbox = Outbox()
    outbox.queue(Outbox.lowWaterBytes)
    #expect(!told(&outbox) { $0.wrote(blocked: false) })

    outbox.queue(Outbox.lowWaterBytes + 1)
    #expect(!told(&outbox) { $0.wrote(blocked: true) })
    outbox.queue(1)
    #expect(told(&outbox) { $0.becameWritable() })
    #expect(!told(&outbox) { $0.wrote(blocked: false) })
  }

  @Test func `a round that goes out at once tells of draining too`() {
    var outbox = Outbox()
    outbox.queue(10 * Outbox.lowWaterBytes)
    #expect(told(&outbox) { $0.wrote(blocked: false) })
  }

  @Test func `closing waits until everything is out`() {
    var outbox = Outbox()
    outbox.queue(100)
    outbox.closeWhenDrained()
    #expect(outbox.next == .write)
    _ = outbox.wrote(blocked: true)
    #expect(outbox.next == .rest)
    _ = outbox.becameWritable()
    #expect(outbox.next == .close)
  }
}
