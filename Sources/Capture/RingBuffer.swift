internal import Synchronization

/// A bounded lock-free queue between two threads: one writes, one reads.
///
/// Both counts only grow; the elements between them belong to the reader, the rest to the writer. A count is published
/// (release) after its elements are written, and read (acquire) before they are accessed: this justifies `@unchecked`.
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

  /// Elements written in all.
  var writtenCount: Int { written.load(ordering: .relaxed) }

  /// Minimum room: the reader may make more at any time.
  var free: Int { capacity - (written.load(ordering: .relaxed) - taken.load(ordering: .acquiring)) }

  /// Writes the first elements of `elements` that fit; returns how many.
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

  /// Writes one element; false if there is no room.
  func write(_ element: Element) -> Bool {
    withUnsafePointer(to: element) { write(UnsafeBufferPointer(start: $0, count: 1)) } == 1
  }

  // MARK: For the reading thread

  /// Elements read in all.
  var takenCount: Int { taken.load(ordering: .relaxed) }

  /// Minimum of available elements: the writer may add more at any time.
  var available: Int { written.load(ordering: .acquiring) - taken.load(ordering: .relaxed) }

  /// Reads as many elements as there are and `elements` holds; returns how many.
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

  /// The oldest element, which stays in the queue.
  func peek() -> Element? { available > 0 ? slots[taken.load(ordering: .relaxed) % capacity] : nil }

  /// Removes and returns the oldest element.
  func take() -> Element? {
    guard available > 0 else { return nil }
    let start = taken.load(ordering: .relaxed)
    let element = (slots + start % capacity).move()
    taken.store(start + 1, ordering: .releasing)
    return element
  }
}
