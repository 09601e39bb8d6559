/// First in, first out, without moving what is held at every turn; each place can be looked at.
public struct Deque<Element> {
  private var elements: [Element?] = []
  private var head = 0

  public init() {}

  public var count: Int { elements.count - head }
  public var isEmpty: Bool { head == elements.count }
  /// The next element; may be changed, if there is one.
  public var first: Element? {
    get { isEmpty ? nil : elements[head] }
    set { if let newValue, !isEmpty { elements[head] = newValue } }
  }

  /// Counted from the first element held.
  public subscript(index: Int) -> Element {
    guard let element = elements[head + index] else { preconditionFailure("What is held has not been taken out.") }
    return element
  }

  public mutating func append(_ element: Element) { elements.append(element) }

  /// Puts them before the first.
  public mutating func prepend(_ front: [Element]) {
    elements.replaceSubrange(..<head, with: front.map { $0 })
    head = 0
  }

  public mutating func popFirst() -> Element? { isEmpty ? nil : remove(at: 0) }

  @discardableResult public mutating func remove(at index: Int) -> Element {
    let element = self[index]
    guard index == 0 else {
      elements.remove(at: head + index)
      return element
    }
    elements[head] = nil
    head += 1
    // The taken ones are cleared away when they are the larger half, so an element is moved at most once on average.
    if head == elements.count {
      elements.removeAll(keepingCapacity: true)
      head = 0
    } else if head >= 64, head * 2 >= elements.count {
      elements.removeFirst(head)
      head = 0
    }
    return element
  }

  /// Takes out all from `index` on.
  public mutating func removeAll(from index: Int) -> [Element] {
    let taken = (index..<count).map { self[$0] }
    elements.removeLast(taken.count)
    return taken
  }

  /// Everything held, in order; the queue is empty and its memory free afterwards.
  public mutating func takeAll() -> [Element] {
    defer {
      elements = []
      head = 0
    }
    return Array(self)
  }
}

extension Deque: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { count }
}

extension Deque: Sendable where Element: Sendable {}
