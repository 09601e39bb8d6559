import Glibc

/// Bytes of one connection that wait to be written, one after another.
///
/// Its memory comes from a pool and goes back when everything is written, so an idle connection holds none. The owner
/// calls `discard` at the end.
struct OutputBuffer {
  private var base: UnsafeMutableRawPointer?
  private var capacity = 0
  private var head = 0
  private var tail = 0

  var count: Int { tail - head }

  /// What is to be written next.
  var bytes: UnsafeRawBufferPointer {
    guard let base else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    return UnsafeRawBufferPointer(start: base + head, count: tail - head)
  }

  /// Room for so many more bytes; written ones are reported with `advance`.
  @inline(__always)
  mutating func room(_ bytes: Int, from pool: BlockPool) -> UnsafeMutableRawPointer {
    if capacity - tail < bytes { grow(bytes, from: pool) }
    return base.unsafelyUnwrapped + tail
  }

  @inline(__always)
  mutating func advance(_ bytes: Int) { tail += bytes }

  mutating func append(_ bytes: UnsafeRawBufferPointer, from pool: BlockPool) {
    guard let source = bytes.baseAddress, bytes.count > 0 else { return }
    room(bytes.count, from: pool).copyMemory(from: source, byteCount: bytes.count)
    advance(bytes.count)
  }

  private mutating func grow(_ bytes: Int, from pool: BlockPool) {
    if base == nil, let block = pool.take() {
      base = block
      capacity = BlockPool.blockBytes
      if capacity >= bytes { return }
    }
    if let base, head > 0, head >= capacity / 2, capacity - count >= bytes {
      memmove(base, base + head, count)
      (head, tail) = (0, count)
      return
    }
    capacity = max(tail + bytes, 2 * capacity, BlockPool.blockBytes)
    guard let grown = realloc(base, capacity) else { preconditionFailure("No memory for \(capacity) bytes of output.") }
    base = grown
  }

  /// So many bytes from the front are written.
  mutating func consume(_ bytes: Int, to pool: BlockPool) {
    head += bytes
    guard head == tail else { return }
    if let base, !(capacity == BlockPool.blockBytes && pool.give(base)) { free(base) }
    self = OutputBuffer()
  }

  mutating func discard() {
    free(base)
    self = OutputBuffer()
  }
}

/// Blocks of memory for the output of one round, shared by the connections of one loop.
final class BlockPool {
  /// The replies to one round's chunks of one connection (a 64 KiB read of 3200-byte chunks brings 20, two replies of
  /// 200 bytes each).
  static let blockBytes = 16 << 10
  /// What more connections need at once is allocated and freed.
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
