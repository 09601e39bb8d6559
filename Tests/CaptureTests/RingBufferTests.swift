import Audio
internal import Synchronization
import Testing

@testable import Capture

struct RingBufferTests {
  @Test func `what doesn't fit is left with the writer`() {
    let ring = RingBuffer<Int>(capacity: 5)
    #expect([1, 2, 3].withUnsafeBufferPointer { ring.write($0) } == 3)
    #expect([4, 5, 6].withUnsafeBufferPointer { ring.write($0) } == 2)
    #expect(ring.free == 0)
    #expect(!ring.write(7))
    #expect(ring.peek() == 1)
    #expect((0..<5).map { _ in ring.take() } == [1, 2, 3, 4, 5])
    #expect(ring.take() == nil)
    #expect(ring.writtenCount == 5 && ring.takenCount == 5)
  }

  @Test func `what is still inside goes with the ring`() {
    final class Witness: Sendable {}
    weak var gone: Witness?
    do {
      let ring = RingBuffer<Witness>(capacity: 3)
      let witness = Witness()
      gone = witness
      #expect(ring.write(witness))
    }
    #expect(gone == nil)
  }

  @Test func `two threads hand on every element once and in order`() async {
    let ring = RingBuffer<Int>(capacity: 61)
    let total = 300_000
    async let sum = Task.detached {
      var expected = 0
      var block = [Int](repeating: 0, count: 17)
      while expected < total {
        let count = block.withUnsafeMutableBufferPointer { ring.take(into: $0) }
        for value in block[..<count] {
          guard value == expected else { return expected }
          expected += 1
        }
        if count == 0 { await Task.yield() }
      }
      return expected
    }.value
    await Task.detached {
      var next = 0
      while next < total {
        let block = Array(next..<min(next + 1 + next % 23, total))
        let count = block.withUnsafeBufferPointer { ring.write($0) }
        next += count
        if count == 0 { await Task.yield() }
      }
    }.value
    #expect(await sum == total)
  }
}

struct CaptureQueueTests {
  private static let format = AudioFormat(sampleRate: 1000, channels: 1, encoding: .s16le)

  private func write(_ frames: Int, _ queue: CaptureQueue, _ value: UInt8 = 0) {
    [UInt8](repeating: value, count: 2 * frames).withUnsafeBytes { queue.write($0) }
  }

  private func take(_ queue: CaptureQueue, bytes: Int = 1000) -> SourceItem {
    var buffer = [UInt8](repeating: 0, count: bytes)
    return buffer.withUnsafeMutableBytes { queue.next(into: $0) }
  }

  @Test func `events come at their place in the audio`() {
    let queue = CaptureQueue(format: Self.format, frames: 100, wake: {})
    write(3, queue)
    queue.tell(.overrun(lostFrames: 7))
    queue.tell(.gap(lostFrames: 2))
    write(2, queue)
    queue.finish()
    #expect(take(queue) == .audio(bytes: 6))
    #expect(take(queue) == .event(.overrun(lostFrames: 7)))
    #expect(take(queue) == .event(.gap(lostFrames: 2)))
    #expect(take(queue) == .audio(bytes: 4))
    #expect(take(queue) == .end)
    #expect(take(queue) == .end)
  }

  @Test func `only whole frames are handed out`() {
    let queue = CaptureQueue(format: Self.format, frames: 100, wake: {})
    write(3, queue)
    #expect(take(queue, bytes: 5) == .audio(bytes: 4))
    #expect(take(queue, bytes: 5) == .audio(bytes: 2))
    #expect(take(queue) == .nothingYet)
  }

  @Test func `what a slow reader misses is counted and told at its place`() {
    let queue = CaptureQueue(format: Self.format, frames: 10, wake: {})
    write(8, queue)
    write(5, queue)
    write(4, queue)
    #expect(take(queue) == .audio(bytes: 20))
    write(1, queue)
    #expect(take(queue) == .event(.dropped(frames: 7)))
    #expect(take(queue) == .audio(bytes: 2))
  }

  @Test func `what was dropped last is told before the end, and so is why it ended`() {
    let queue = CaptureQueue(format: Self.format, frames: 4, wake: {})
    let error = CaptureError.deviceStalled(device: "desk", after: .seconds(2))
    write(6, queue)
    queue.finish(error)
    #expect(take(queue) == .audio(bytes: 8))
    #expect(take(queue) == .event(.dropped(frames: 2)))
    #expect(take(queue) == .event(.failed(error)))
    #expect(take(queue) == .end)
  }

  @Test func `a flood of events is bounded, and what they miss is still counted`() {
    let queue = CaptureQueue(format: Self.format, frames: 4, wake: {})
    for _ in 0..<1000 { queue.tell(.overrun(lostFrames: 3)) }
    queue.finish()
    var missing = 0
    while case .event(let event) = take(queue) { missing += event.missingFrames }
    #expect(missing == 3000)
    #expect(take(queue) == .end)
  }

  @Test func `the reader is woken once for each time it found nothing`() {
    let woken = Counter()
    let queue = CaptureQueue(format: Self.format, frames: 100, wake: { woken.add() })
    write(1, queue)
    write(1, queue)
    #expect(woken.count == 1)
    #expect(take(queue) == .audio(bytes: 4))
    write(1, queue)
    #expect(woken.count == 1)
    #expect(take(queue) == .audio(bytes: 2))
    #expect(take(queue) == .nothingYet)
    queue.tell(.gap(lostFrames: 1))
    #expect(woken.count == 2)
  }

  @Test func `a stop while the device is away is the end for the reader, after what there is`() {
    let woken = Counter()
    let queue = CaptureQueue(format: Self.format, frames: 100, wake: { woken.add() })
    write(1, queue)
    #expect(queue.leave())
    #expect(take(queue) == .audio(bytes: 2))
    #expect(take(queue) == .nothingYet)
    queue.stop()
    #expect(woken.count == 2)
    #expect(take(queue) == .end)
    #expect(!queue.leave())
    queue.comeBack()
    #expect(take(queue) == .end)
  }

  @Test func `a stop while the device records waits for its last audio`() {
    let queue = CaptureQueue(format: Self.format, frames: 100, wake: {})
    #expect(queue.leave())
    queue.comeBack()
    queue.stop()
    #expect(take(queue) == .nothingYet)
    write(1, queue)
    queue.finish()
    #expect(take(queue) == .audio(bytes: 2))
    #expect(take(queue) == .end)
  }

  @Test func `under contention every byte and event arrives in order`() async {
    let queue = CaptureQueue(format: Self.format, frames: 64, wake: {})
    let rounds = 20_000
    let reader = Task.detached {
      var buffer = [UInt8](repeating: 0, count: 48)
      var frames = 0
      var missing = 0
      var ordered = true
      while true {
        switch buffer.withUnsafeMutableBytes({ queue.next(into: $0) }) {
        case .audio(let bytes):
          frames += bytes / 2
        case .event(.gap(let round)):
          // Told after each round of three frames: all before are here, or told as dropped.
          ordered = ordered && frames + missing == 3 * round
        case .event(let event): missing += event.missingFrames
        case .nothingYet: await Task.yield()
        case .end: return (frames + missing, ordered)
        }
      }
    }
    await Task.detached {
      for round in 1...rounds {
        [UInt8](repeating: 1, count: 6).withUnsafeBytes { queue.write($0) }
        // Few enough that there is room for each, however long the reader is kept waiting.
        if round % 500 == 0 { queue.tell(.gap(lostFrames: round)) }
        if round % 16 == 0 { await Task.yield() }
      }
      queue.finish()
    }.value
    let (frames, ordered) = await reader.value
    #expect(frames == 3 * rounds)
    #expect(ordered)
  }
}

/// Counts from any thread.
final class Counter: Sendable {
  private let value = Atomic<Int>(0)
  func add() { value.add(1, ordering: .relaxed) }
  var count: Int { value.load(ordering: .relaxed) }
}
