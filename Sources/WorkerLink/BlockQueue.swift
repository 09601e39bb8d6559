internal import Glibc

/// Bytes put in at the tail and taken out at the head, in blocks of memory that are never moved: however much waits,
/// each byte is copied in once. One piece put in is one piece coming out, as far as it is not taken in parts.
///
/// Emptied blocks are used again, so that a round's bytes lie where the last round's did, which is still cached; beyond
/// a few they are given back. So are those in memory that the reader shares: it reads them where they are, and returns
/// them in order.
struct BlockQueue: ~Copyable {
  private struct Block {
    var base: UnsafeMutableRawPointer
    var capacity: Int
    var head = 0
    var tail = 0
    /// Where it begins in the shared memory; nil elsewhere.
    var sharedStart: Int?
  }

  /// Bytes of a block, unless one piece is larger. One write takes no more than a block, and may wake the other side in
  /// the middle of a round: with blocks of 64 KiB that happened every 20 chunks.
  static let blockBytes = 256 << 10
  private static let spareBlocks = 2

  /// In order; all but the last are not put into any more.
  private var blocks: [Block] = []
  private var first = 0
  private var spare: [UnsafeMutableRawPointer] = []
  private let shared: UnsafeMutableRawBufferPointer?
  /// Where blocks begin in the shared memory that hold nothing, the one used last at the end.
  private var sharedSpare: [Int] = []
  /// The same for those that the reader has, in order.
  private var lent: [Int] = []
  /// The same for those that were never used. A burst, as when many clients come at once, leaves none of them resident:
  /// one is taken each time that others were missing often enough.
  private var untouched: [Int] = []
  private var shortages = 0
  private(set) var count = 0

  static let firstSharedBlocks = 2
  /// More than the first chunks of 2,000 live streams cause, which fill 25 blocks.
  static let toleratedShortages = 32

  init(shared: UnsafeMutableRawBufferPointer? = nil) {
    self.shared = shared
    untouched = stride(from: 0, to: shared?.count ?? 0, by: Self.blockBytes).reversed()
    for _ in 0..<min(untouched.count, Self.firstSharedBlocks) { sharedSpare.insert(untouched.removeLast(), at: 0) }
  }

  deinit {
    for block in blocks[first...] where block.sharedStart == nil { free(block.base) }
    for base in spare { free(base) }
  }

  /// What comes next, as far as it lies in one piece; empty only if the queue is.
  var bytes: UnsafeRawBufferPointer {
    guard first < blocks.count else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    let block = blocks[first]
    return UnsafeRawBufferPointer(start: block.base + block.head, count: block.tail - block.head)
  }

  /// Where the next `count` bytes go, in one piece.
  mutating func room(_ count: Int) -> UnsafeMutableRawPointer {
    if first == blocks.count || blocks[blocks.count - 1].capacity - blocks[blocks.count - 1].tail < count {
      open(count)
    }
    return blocks[blocks.count - 1].base + blocks[blocks.count - 1].tail
  }

  /// `count` bytes have been written to the room asked for.
  mutating func commit(_ count: Int) {
    blocks[blocks.count - 1].tail += count
    self.count += count
  }

  /// The first `count` bytes, no more than `bytes` has, are done with.
  mutating func consume(_ count: Int) {
    precondition(count <= bytes.count, "more bytes taken than lie in one piece")
    guard count > 0 else { return }
    blocks[first].head += count
    self.count -= count
    guard blocks[first].head == blocks[first].tail else { return }
    let done = blocks[first]
    let isInPlace = done.sharedStart != nil || shared == nil
    if first == blocks.count - 1, done.capacity == Self.blockBytes, isInPlace {
      // The only one: it begins anew, unless another could be lent.
      blocks[first].head = 0
      blocks[first].tail = 0
    } else {
      removeFirst()
      recycle(done)
    }
  }

  private mutating func removeFirst() {
    first += 1
    if first == blocks.count || first >= 64 {
      blocks.removeFirst(first)
      first = 0
    }
  }

  /// Where `bytes` lie in the shared memory; nil if they do not, or some of the block was taken in parts.
  var lendable: Range<Int>? {
    guard first < blocks.count, let start = blocks[first].sharedStart, blocks[first].head == 0, blocks[first].tail > 0
    else { return nil }
    return start..<start + blocks[first].tail
  }

  /// Leaves the block of `bytes` to the reader until it returns it.
  mutating func lend() {
    guard let range = lendable else { preconditionFailure("Bytes were lent that are not shared.") }
    count -= range.count
    lent.append(range.lowerBound)
    removeFirst()
  }

  /// The reader returns the block lent first; false if it has none.
  mutating func takeBack() -> Bool {
    guard !lent.isEmpty else { return false }
    sharedSpare.append(lent.removeFirst())
    return true
  }

  private mutating func open(_ count: Int) {
    // The only one, empty and too small: it must not stand before what is put in now.
    if let last = blocks.last, last.head == last.tail { recycle(blocks.removeLast()) }
    if count <= Self.blockBytes, let shared = shared?.baseAddress, let start = takeShared() {
      blocks.append(Block(base: shared + start, capacity: Self.blockBytes, sharedStart: start))
      return
    }
    if count <= Self.blockBytes, let base = spare.popLast() {
      blocks.append(Block(base: base, capacity: Self.blockBytes))
      return
    }
    let capacity = max(count, Self.blockBytes)
    guard let base = malloc(capacity) else { preconditionFailure("out of memory: \(capacity) bytes") }
    blocks.append(Block(base: base, capacity: capacity))
  }

  /// Where a block of the shared memory begins that holds nothing, if there is one.
  private mutating func takeShared() -> Int? {
    if let start = sharedSpare.popLast() { return start }
    shortages += 1
    guard shortages % Self.toleratedShortages == 0 else { return nil }
    return untouched.popLast()
  }

  private mutating func recycle(_ block: Block) {
    if let start = block.sharedStart {
      sharedSpare.append(start)
    } else if block.capacity == Self.blockBytes, spare.count < Self.spareBlocks {
      spare.append(block.base)
    } else {
      free(block.base)
    }
  }
}
