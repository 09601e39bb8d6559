import Glibc
import Support
import Testing

@testable import WorkerLink

struct BlockQueueTests {
  private func put(_ bytes: [UInt8], into queue: inout BlockQueue) {
    queue.room(bytes.count).copyMemory(from: bytes, byteCount: bytes.count)
    queue.commit(bytes.count)
  }

  @Test(arguments: Seed.fresh) func `what is put in comes out in order, however it is taken`(_ seed: Seed) {
    takesInOrder(seed, shared: nil)
  }

  @Test(arguments: Seed.fresh) func `what is lent and what is taken come in the order they were put in`(_ seed: Seed) {
    let shared = UnsafeMutableRawBufferPointer.allocate(byteCount: 3 * BlockQueue.blockBytes, alignment: 16)
    defer { shared.deallocate() }
    #expect(takesInOrder(seed, shared: shared) > 3)
  }

  /// - Returns: how often a block was lent.
  @discardableResult
  private func takesInOrder(_ seed: Seed, shared: UnsafeMutableRawBufferPointer?) -> Int {
    var random = seed.random
    var queue = BlockQueue(shared: shared)
    // With the reader: where in `sound` they begin, and where they lie.
    var lent: [(start: Int, range: Range<Int>)] = []
    var lentBlocks = 0
    // What is put in repeats with this period, a prime; so every part of it is a part of `sound`, and compared as
    // memory.
    let period = 65_521
    let once = (0..<period).map { _ in UInt8.random(in: 0...255, using: &random) }
    let sound = Array(repeatElement(once, count: 2 + BlockQueue.blockBytes / period).joined())
    var (put, taken) = (0, 0)
    for step in 0..<3000 {
      // Now it fills to several blocks, now it runs empty.
      if Int.random(in: 0..<10, using: &random) < (step / 300 % 2 == 0 ? 7 : 2) {
        let size = [1, 72, 3248, 70_000, BlockQueue.blockBytes + 8].randomElement(using: &random) ?? 1
        sound.withUnsafeBytes { queue.room(size).copyMemory(from: $0.baseAddress! + put % period, byteCount: size) }
        queue.commit(size)
        put += size
      } else if !lent.isEmpty, Int.random(in: 0..<4, using: &random) == 0 {
        // Lent bytes stay as they are until they are returned.
        let first = lent.removeFirst()
        let isSame = sound.withUnsafeBytes { sound in
          guard let memory = shared?.baseAddress, let start = sound.baseAddress else { return false }
          return memcmp(memory + first.range.lowerBound, start + first.start % period, first.range.count) == 0
        }
        #expect(isSame)
        let isTaken = queue.takeBack()
        #expect(isTaken)
      } else if let range = queue.lendable, Bool.random(using: &random) {
        let count = queue.bytes.count
        #expect(range.count == count)
        lent.append((taken, range))
        lentBlocks += 1
        taken += count
        queue.lend()
      } else {
        let next = queue.bytes
        let count = Bool.random(using: &random) ? next.count : Int.random(in: 0...next.count, using: &random)
        let isSame = sound.withUnsafeBytes { sound in
          next.baseAddress.map { memcmp($0, sound.baseAddress! + taken % period, next.count) == 0 } ?? true
        }
        #expect(isSame)
        queue.consume(count)
        taken += count
      }
      let (count, isEmpty) = (queue.count, queue.bytes.isEmpty)
      #expect(count == put - taken)
      #expect(isEmpty == (count == 0))
    }
    return lentBlocks
  }

  @Test func `a block that is lent is used again once it was returned, the one returned last first`() {
    let shared = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * BlockQueue.blockBytes, alignment: 16)
    defer { shared.deallocate() }
    var queue = BlockQueue(shared: shared)
    func lend(_ byte: UInt8) -> Range<Int>? {
      put([byte, byte], into: &queue)
      let range = queue.lendable
      if range != nil { queue.lend() }
      return range
    }
    #expect(lend(1) == 0..<2)
    #expect(lend(2) == BlockQueue.blockBytes..<BlockQueue.blockBytes + 2)
    // Both are with the reader.
    #expect(lend(3) == nil)
    let (bytes, count) = (Array(queue.bytes), queue.count)
    #expect(bytes == [3, 3] && count == 2)
    queue.consume(2)
    #expect(shared[0] == 1 && shared[BlockQueue.blockBytes] == 2)
    let isFirst = queue.takeBack()
    #expect(isFirst)
    #expect(lend(4) == 0..<2)
    #expect(shared[0] == 4)
    let isReturned = (0..<3).map { _ in queue.takeBack() }
    #expect(isReturned == [true, true, false])
    #expect(lend(5) == 0..<2)
  }

  @Test func `a block that was taken in part, or holds nothing, is not lent`() {
    let shared = UnsafeMutableRawBufferPointer.allocate(byteCount: BlockQueue.blockBytes, alignment: 16)
    defer { shared.deallocate() }
    var queue = BlockQueue(shared: shared)
    #expect(queue.lendable == nil)
    _ = queue.room(8)
    #expect(queue.lendable == nil)
    put([1, 2, 3], into: &queue)
    #expect(queue.lendable == 0..<3)
    queue.consume(1)
    #expect(queue.lendable == nil)
    queue.consume(2)
    put([4], into: &queue)
    #expect(queue.lendable == 0..<1)
    let isReturned = queue.takeBack()
    #expect(!isReturned)
  }

  @Test func `what is larger than a block is not put into shared memory`() {
    let shared = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * BlockQueue.blockBytes, alignment: 16)
    defer { shared.deallocate() }
    var queue = BlockQueue(shared: shared)
    put([UInt8](repeating: 1, count: BlockQueue.blockBytes + 8), into: &queue)
    #expect(queue.lendable == nil)
    let count = queue.bytes.count
    #expect(count == BlockQueue.blockBytes + 8)
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

  @Test func `more of the shared memory is touched only where some is missing again and again`() {
    let shared = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 * BlockQueue.blockBytes, alignment: 16)
    defer { shared.deallocate() }
    var queue = BlockQueue(shared: shared)
    var lent: [Int] = []
    func fill() {
      put([UInt8](repeating: 1, count: BlockQueue.blockBytes), into: &queue)
      if let range = queue.lendable {
        lent.append(range.lowerBound / BlockQueue.blockBytes)
        queue.lend()
      } else {
        queue.consume(queue.bytes.count)
      }
    }
    for _ in 0..<BlockQueue.firstSharedBlocks + BlockQueue.toleratedShortages - 1 { fill() }
    #expect(lent == [0, 1])
    fill()
    #expect(lent == [0, 1, 2])
    for _ in 0..<BlockQueue.toleratedShortages { fill() }
    #expect(lent == [0, 1, 2, 3])
    // Now all of it is used, the block returned last first.
    let isReturned = (0..<4).map { _ in queue.takeBack() }
    #expect(isReturned.allSatisfy { $0 })
    for _ in 0..<4 { fill() }
    #expect(lent == [0, 1, 2, 3, 3, 2, 1, 0])
  }
}
