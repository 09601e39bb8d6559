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
    var random = seed.random
    var queue = BlockQueue()
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
