import Testing

@testable import WorkerLink

struct BlockQueueTests {
  private func put(_ bytes: [UInt8], into queue: inout BlockQueue) {
    queue.room(bytes.count).copyMemory(from: bytes, byteCount: bytes.count)
    queue.commit(bytes.count)
  }

  @Test func `what is put in comes out in order, however it is taken`() {
    var random = SystemRandomNumberGenerator()
    var queue = BlockQueue()
    var expected: [UInt8] = []
    var taken = 0
    for step in 0..<3000 {
      // Now it fills to several blocks, now it runs empty.
      if Int.random(in: 0..<10, using: &random) < (step / 300 % 2 == 0 ? 7 : 2) {
        let size = [1, 72, 3248, 70_000, BlockQueue.blockBytes + 8].randomElement(using: &random) ?? 1
        let piece = (0..<size).map { UInt8(truncatingIfNeeded: $0 &+ step) }
        put(piece, into: &queue)
        expected += piece
      } else {
        let next = Array(queue.bytes)
        let count = Bool.random(using: &random) ? next.count : Int.random(in: 0...next.count, using: &random)
        #expect(next[..<count] == expected[taken..<taken + count])
        queue.consume(count)
        taken += count
        if taken > 1 << 20 {
          expected.removeFirst(taken)
          taken = 0
        }
      }
      let (count, isEmpty) = (queue.count, queue.bytes.isEmpty)
      #expect(count == expected.count - taken)
      #expect(isEmpty == (count == 0))
    }
  }

  @Test func `a piece lies in one piece, whatever its size`() {
    var queue = BlockQueue()
    put([UInt8](repeating: 1, count: BlockQueue.blockBytes - 8), into: &queue)
    put([UInt8](repeating: 2, count: 16), into: &queue)
    put([UInt8](repeating: 3, count: 3 * BlockQueue.blockBytes), into: &queue)
    for (number, size) in [(1, BlockQueue.blockBytes - 8), (2, 16), (3, 3 * BlockQueue.blockBytes)] as [(UInt8, Int)] {
      let next = Array(queue.bytes)
      #expect(next == [UInt8](repeating: number, count: size))
      queue.consume(next.count)
    }
  }
}
