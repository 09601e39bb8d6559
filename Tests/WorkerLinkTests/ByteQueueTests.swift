import Testing

@testable import WorkerLink

@Suite struct ByteQueueTests {
  private func put(_ bytes: [UInt8], into queue: inout ByteQueue) {
    queue.reserve(bytes.count)
    queue.room.copyBytes(from: bytes)
    queue.commit(bytes.count)
  }

  @Test func `bytes come out in the order they went in, however much is put in and taken out`() {
    var queue = ByteQueue(capacity: 16)
    var next: UInt8 = 0
    var expected: UInt8 = 0
    for round in 0..<2000 {
      let bytes = (0..<round % 37).map { UInt8(truncatingIfNeeded: $0) &+ next }
      next &+= UInt8(bytes.count)
      put(bytes, into: &queue)
      let taken = round % 5 == 0 ? queue.count : min(queue.count, round % 31)
      for byte in queue.bytes.prefix(taken) {
        #expect(byte == expected)
        expected &+= 1
      }
      queue.consume(taken)
      if round % 3 == 0 { queue.rest() }
    }
  }

  @Test func `room that large messages needed is let go when they are gone`() {
    var queue = ByteQueue(capacity: 64)
    put([UInt8](repeating: 1, count: queue.keptBytes + 1), into: &queue)
    put([2], into: &queue)
    queue.consume(queue.keptBytes + 1)
    queue.rest()
    #expect(queue.capacity > queue.keptBytes)
    #expect(Array(queue.bytes) == [2])
    queue.consume(1)
    queue.rest()
    #expect(queue.capacity == 64)
  }

  @Test func `room that a burst needed is let go, though something is always held`() {
    var queue = ByteQueue(capacity: 0, keptBytes: 1024)
    for _ in 0..<100 { put([UInt8](repeating: 1, count: 100), into: &queue) }
    #expect(queue.capacity >= 10_000)
    queue.consume(9900)
    for round in 0..<1000 {
      put([UInt8](repeating: UInt8(round % 256), count: 100), into: &queue)
      queue.consume(100)
      #expect(queue.bytes.allSatisfy { $0 == UInt8(round % 256) })
    }
    #expect(queue.capacity <= 1024)
    #expect(queue.count == 100)
  }

  @Test func `room that every round needs is kept`() {
    var queue = ByteQueue(capacity: 64)
    put([UInt8](repeating: 1, count: 4096), into: &queue)
    queue.consume(4096)
    queue.rest()
    #expect(queue.capacity >= 4096 && queue.count == 0)
  }
}
