/// First in, first out, in a ring that moves its elements only to grow; each place can be read.
///
/// Everything is inlinable: other modules use it several times per chunk, and unspecialized it took a twentieth of the
/// server's time.
@frozen public struct Deque<Element> {
  /// As many as a power of two, or none.
  @usableFromInline var places: [Element?] = []
  @usableFromInline var head = 0
  @usableFromInline var held = 0

  @inlinable public init() {}

  @inlinable public var count: Int { held }
  @inlinable public var isEmpty: Bool { held == 0 }

  @inlinable func place(of index: Int) -> Int { (head &+ index) & (places.count &- 1) }

  /// The next element; may be changed if there is one.
  @inlinable public var first: Element? {
    get { isEmpty ? nil : places[head] }
    set { if let newValue, !isEmpty { places[head] = newValue } }
  }

  /// The elements that have not been removed, from the oldest on.
  @inlinable public subscript(index: Int) -> Element {
    get {
      guard (0..<held).contains(index), let element = places[place(of: index)] else {
        preconditionFailure("An element was wanted that is not held.")
      }
      return element
    }
    set {
      precondition((0..<held).contains(index), "An element was replaced that is not held.")
      places[place(of: index)] = newValue
    }
  }

  @inlinable public mutating func append(_ element: Element) {
    if held == places.count { grow() }
    places[place(of: held)] = element
    held &+= 1
  }

  /// From one place on: a live stream has one chunk in flight.
  @inlinable mutating func grow() {
    let capacity = Swift.max(1, 2 * held)
    var larger: [Element?] = []
    larger.reserveCapacity(capacity)
    for element in self { larger.append(element) }
    for _ in held..<capacity { larger.append(nil) }
    places = larger
    head = 0
  }

  /// Inserts elements before the first.
  @inlinable public mutating func prepend(_ front: [Element]) {
    let back = takeAll()
    for element in front { append(element) }
    for element in back { append(element) }
  }

  @inlinable public mutating func popFirst() -> Element? {
    guard held > 0 else { return nil }
    let element = places[head]
    places[head] = nil
    head = place(of: 1)
    held &-= 1
    return element
  }

  @inlinable @discardableResult public mutating func remove(at index: Int) -> Element {
    let element = self[index]
    for next in index + 1..<held { places[place(of: next - 1)] = places[place(of: next)] }
    places[place(of: held - 1)] = nil
    held -= 1
    return element
  }

  /// Removes and returns the elements from this index on.
  @inlinable public mutating func removeAll(from index: Int) -> [Element] {
    let removed = (index..<held).map { self[$0] }
    for index in index..<held { places[place(of: index)] = nil }
    held = index
    return removed
  }

  /// Removes and returns all elements, and frees the memory.
  @inlinable public mutating func takeAll() -> [Element] {
    defer { self = Deque() }
    return Array(self)
  }
}

extension Deque: RandomAccessCollection {
  @inlinable public var startIndex: Int { 0 }
  @inlinable public var endIndex: Int { count }
}

extension Deque: Sendable where Element: Sendable {}
