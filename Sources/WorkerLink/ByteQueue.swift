internal import Glibc

/// Bytes in one piece of memory, put in at the tail and taken out at the head.
///
/// It grows for what doesn't fit. When it has grown beyond `keptBytes` and is empty again, it goes back to its first
/// size, and when it has come to its end with little in it, to what that needs: so that one large chunk is not held for
/// ever.
public struct ByteQueue: ~Copyable {
  private var base: UnsafeMutableRawPointer
  private(set) var capacity: Int
  private var head = 0
  private var tail = 0
  private let firstCapacity: Int
  let keptBytes: Int

  /// A round's frames in full load fit into 1 MiB, so that the queue doesn't grow anew each round.
  public init(capacity: Int, keptBytes: Int = 1 << 20) {
    self.keptBytes = keptBytes
    base = Self.allocate(capacity)
    self.capacity = capacity
    firstCapacity = capacity
  }

  deinit { free(base) }

  public var count: Int { tail - head }
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base + head, count: tail - head) }

  /// The free bytes at the tail; `reserve` makes them at least so many.
  public var room: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: base + tail, count: capacity - tail)
  }

  /// Makes room for `count` more bytes in one piece. Pointers into the queue are void afterwards.
  public mutating func reserve(_ count: Int) {
    if capacity - tail >= count { return }
    makeRoom(count)
  }

  /// `count` bytes of `room` have been written.
  public mutating func commit(_ count: Int) {
    assert(tail + count <= capacity)
    tail += count
  }

  /// The first `count` bytes are done with. Their memory stays as it is until the next `reserve` or `rest`.
  public mutating func consume(_ count: Int) {
    precondition(count <= self.count, "more bytes taken than the queue holds")
    head += count
  }

  /// Starts over at the beginning of the memory when nothing is left in it.
  public mutating func rest() {
    guard head == tail else { return }
    head = 0
    tail = 0
    guard capacity > keptBytes else { return }
    free(base)
    base = Self.allocate(firstCapacity)
    capacity = firstCapacity
  }

  private mutating func makeRoom(_ count: Int) {
    let held = self.count
    // A burst has passed that had made it grow.
    let isRoomy = capacity > keptBytes && held + count <= capacity / 4
    // Moving what is held to the front is cheap when it is at most what has been taken out before it.
    if held + count <= capacity, held <= head, !isRoomy {
      memmove(base, base + head, held)
    } else {
      let wanted = isRoomy ? max(firstCapacity, 2 * (held + count)) : max(capacity * 2, held + count)
      let new = Self.allocate(wanted)
      memcpy(new, base + head, held)
      free(base)
      base = new
      capacity = wanted
    }
    head = 0
    tail = held
  }

  private static func allocate(_ count: Int) -> UnsafeMutableRawPointer {
    // At least one byte: malloc may answer a request for none with nothing.
    guard let memory = malloc(max(1, count)) else { preconditionFailure("out of memory: \(count) bytes") }
    return memory
  }
}
