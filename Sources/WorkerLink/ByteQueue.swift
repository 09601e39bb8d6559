internal import Glibc

/// Bytes in one piece of memory, put in at the tail and taken out at the head.
///
/// It grows for what doesn't fit. When it is empty again and has grown beyond `keptBytes` it goes back to its first size, so that
/// one large chunk is not held for ever.
struct ByteQueue: ~Copyable {
  private var base: UnsafeMutableRawPointer
  private(set) var capacity: Int
  private var head = 0
  private var tail = 0
  private let firstCapacity: Int

  /// A round's frames in full load fit, so that the queue doesn't grow anew each round.
  static let keptBytes = 1 << 20

  init(capacity: Int) {
    base = Self.allocate(capacity)
    self.capacity = capacity
    firstCapacity = capacity
  }

  deinit { free(base) }

  var count: Int { tail - head }
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base + head, count: tail - head) }

  /// The free bytes at the tail; `reserve` makes them at least so many.
  var room: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: base + tail, count: capacity - tail) }

  /// Makes room for `count` more bytes in one piece. Pointers into the queue are void afterwards.
  mutating func reserve(_ count: Int) {
    if capacity - tail >= count { return }
    makeRoom(count)
  }

  /// `count` bytes of `room` have been written.
  mutating func commit(_ count: Int) {
    assert(tail + count <= capacity)
    tail += count
  }

  /// The first `count` bytes are done with. Their memory stays as it is until the next `reserve` or `rest`.
  mutating func consume(_ count: Int) {
    precondition(count <= self.count, "more bytes taken than the queue holds")
    head += count
  }

  /// Starts over at the beginning of the memory when nothing is left in it.
  mutating func rest() {
    guard head == tail else { return }
    head = 0
    tail = 0
    guard capacity > Self.keptBytes else { return }
    free(base)
    base = Self.allocate(firstCapacity)
    capacity = firstCapacity
  }

  private mutating func makeRoom(_ count: Int) {
    let held = self.count
    // Moving what is held to the front is cheap when it is at most what has been taken out before it.
    if held + count <= capacity, held <= head {
      memmove(base, base + head, held)
    } else {
      let larger = max(capacity * 2, held + count)
      let new = Self.allocate(larger)
      memcpy(new, base + head, held)
      free(base)
      base = new
      capacity = larger
    }
    head = 0
    tail = held
  }

  private static func allocate(_ count: Int) -> UnsafeMutableRawPointer {
    guard let memory = malloc(count) else { preconditionFailure("out of memory: \(count) bytes") }
    return memory
  }
}
