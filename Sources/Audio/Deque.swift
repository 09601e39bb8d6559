/// First in, first out, without moving the elements at every removal; each place can be read.
///
/// Everything is inlinable: other modules use it several times per chunk, and unspecialized it took a twentieth of the
/// server's time.
@frozen public struct Deque<Element> {
  @usableFromInline var elements: [Element?] = []
  @usableFromInline var head = 0

  @inlinable public init() {}

  @inlinable public var count: Int { elements.count - head }
  @inlinable public var isEmpty: Bool { head == elements.count }

  /// The next element; may be changed if there is one.
  @inlinable public var first: Element? {
    get { isEmpty ? nil : elements[head] }
    set { if let newValue, !isEmpty { elements[head] = newValue } }
  }

  /// The elements that have not been removed, from the oldest on.
  @inlinable public subscript(index: Int) -> Element {
    guard let element = elements[head + index] else { preconditionFailure("An element that is held was removed.") }
    return element
  }

  @inlinable public mutating func append(_ element: Element) { elements.append(element) }

  /// Inserts elements before the first.
  @inlinable public mutating func prepend(_ front: [Element]) {
    elements.replaceSubrange(..<head, with: front.map { $0 })
    head = 0
  }

  @inlinable public mutating func popFirst() -> Element? { isEmpty ? nil : remove(at: 0) }

  @inlinable @discardableResult public mutating func remove(at index: Int) -> Element {
    let element = self[index]
    guard index == 0 else {
      elements.remove(at: head + index)
      return element
    }
    elements[head] = nil
    head += 1
    // Removed places are dropped when they are the larger half, so an element moves at most once on average.
    if head == elements.count {
      elements.removeAll(keepingCapacity: true)
      head = 0
    } else if head >= 64, head * 2 >= elements.count {
      elements.removeFirst(head)
      head = 0
    }
    return element
  }

  /// Removes and returns the elements from this index on.
  @inlinable public mutating func removeAll(from index: Int) -> [Element] {
    let removed = (index..<count).map { self[$0] }
    elements.removeLast(removed.count)
    return removed
  }

  /// Removes and returns all elements, and frees the memory.
  @inlinable public mutating func takeAll() -> [Element] {
    defer {
      elements = []
      head = 0
    }
    return Array(self)
  }
}

extension Deque: RandomAccessCollection {
  @inlinable public var startIndex: Int { 0 }
  @inlinable public var endIndex: Int { count }
}

extension Deque: Sendable where Element: Sendable {}
