internal import Synchronization

/// A bounded queue between two threads, without a lock: one thread writes, one reads.
///
/// Both counts only grow; what lies between them belongs to the reader, the rest to the writer. A count is published
/// (release) after the elements it covers, and read (acquire) before they are touched; that is what `@unchecked` rests on.
final class RingBuffer<Element: Sendable>: @unchecked Sendable {
  let capacity: Int
  private let slots: UnsafeMutablePointer<Element>
  private let written = Atomic<Int>(0)
  private let taken = Atomic<Int>(0)

  init(capacity: Int) {
    precondition(capacity > 0, "a ring has room for something")
    self.capacity = capacity
    slots = .allocate(capacity: capacity)
  }

  deinit {
    while take() != nil {}
    slots.deallocate()
  }

  // MARK: For the writing thread

  /// Elements ever written.
  var writtenCount: Int { written.load(ordering: .relaxed) }

  /// Room there is at least: the reader may make more at any time.
  var free: Int { capacity - (written.load(ordering: .relaxed) - taken.load(ordering: .acquiring)) }

  /// Writes the first elements of `elements` that fit; answers how many.
  func write(_ elements: UnsafeBufferPointer<Element>) -> Int {
    let start = written.load(ordering: .relaxed)
    let count = min(elements.count, free)
    guard count > 0, let source = elements.baseAddress else { return 0 }
    let first = min(count, capacity - start % capacity)
    (slots + start % capacity).initialize(from: source, count: first)
    slots.initialize(from: source + first, count: count - first)
    written.store(start + count, ordering: .releasing)
    return count
  }

  /// Writes one element; false when there is no room.
  func write(_ element: Element) -> Bool {
    withUnsafePointer(to: element) { write(UnsafeBufferPointer(start: $0, count: 1)) } == 1
  }

  // MARK: For the reading thread

  /// Elements ever taken.
  var takenCount: Int { taken.load(ordering: .relaxed) }

  /// Elements to be had at least: the writer may add more at any time.
  var available: Int { written.load(ordering: .acquiring) - taken.load(ordering: .relaxed) }

  /// Takes as many elements as there are and `elements` holds; answers how many.
  func take(into elements: UnsafeMutableBufferPointer<Element>) -> Int {
    let start = taken.load(ordering: .relaxed)
    let count = min(elements.count, available)
    guard count > 0, let target = elements.baseAddress else { return 0 }
    let first = min(count, capacity - start % capacity)
    target.moveInitialize(from: slots + start % capacity, count: first)
    (target + first).moveInitialize(from: slots, count: count - first)
    taken.store(start + count, ordering: .releasing)
    return count
  }

  /// The oldest element, left where it is.
  func peek() -> Element? { available > 0 ? slots[taken.load(ordering: .relaxed) % capacity] : nil }

  /// Takes the oldest element.
  func take() -> Element? {
    guard available > 0 else { return nil }
    let start = taken.load(ordering: .relaxed)
    let element = (slots + start % capacity).move()
    taken.store(start + 1, ordering: .releasing)
    return element
  }
}
