import Glibc

/// The frames of one connection that wait for the end of the round, one after another.
///
/// Its memory comes from a pool and goes back after every write, so an idle connection holds none. Whoever owns it
/// calls `discard`.
struct FrameBuffer {
  private(set) var count = 0
  private var base: UnsafeMutableRawPointer?
  private var capacity = 0

  var bytes: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: base, count: count) }

  /// Room for so many more bytes; written ones are told with `advance`.
  @inline(__always)
  mutating func room(_ bytes: Int, from pool: FramePool) -> UnsafeMutableRawPointer {
    if capacity - count < bytes { grow(bytes, from: pool) }
    return base.unsafelyUnwrapped + count
  }

  @inline(__always)
  mutating func advance(_ bytes: Int) {
    count += bytes
  }

  private mutating func grow(_ bytes: Int, from pool: FramePool) {
    if base == nil, let fresh = pool.take() {
      base = fresh
      capacity = FramePool.blockBytes
      if capacity >= bytes { return }
    }
    capacity = max(count + bytes, 2 * capacity, FramePool.blockBytes)
    guard let grown = realloc(base, capacity) else { preconditionFailure("no memory for \(capacity) bytes of frames") }
    base = grown
  }

  /// Empties it and gives the memory back.
  mutating func recycle(to pool: FramePool) {
    if let base, !(capacity == FramePool.blockBytes && pool.give(base)) { free(base) }
    base = nil
    capacity = 0
    count = 0
  }

  mutating func discard() {
    free(base)
    base = nil
    capacity = 0
    count = 0
  }
}

/// Blocks of memory for the frames of one round, shared by the connections of one loop.
final class FramePool {
  /// The replies to one round's chunks of one connection (a 64 KiB read of 3200-byte chunks brings 20, two replies of
  /// 200 bytes each).
  static let blockBytes = 16 << 10
  /// What more connections need at once is allocated and given back.
  private static let maximumBlocks = 32
  private var blocks: [UnsafeMutableRawPointer] = []

  init() { blocks.reserveCapacity(Self.maximumBlocks) }
  deinit { for block in blocks { free(block) } }

  func take() -> UnsafeMutableRawPointer? { blocks.popLast() }

  func give(_ block: UnsafeMutableRawPointer) -> Bool {
    guard blocks.count < Self.maximumBlocks else { return false }
    blocks.append(block)
    return true
  }
}
