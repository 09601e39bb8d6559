/// First in, first out, with a look at every place; what has been taken out is thrown away in one go now and then.
struct Queue<Element> {
  private var elements: [Element?] = []
  private var head = 0

  init() {}

  var count: Int { elements.count - head }
  var isEmpty: Bool { head == elements.count }
  var first: Element? { isEmpty ? nil : self[0] }

  /// Counted from the first that is there.
  subscript(index: Int) -> Element {
    guard let element = elements[head + index] else { preconditionFailure("What is there has not been taken out.") }
    return element
  }

  mutating func append(_ element: Element) { elements.append(element) }

  /// Puts them before the first.
  mutating func prepend(_ front: [Element]) {
    elements.replaceSubrange(..<head, with: front.map { $0 })
    head = 0
  }

  mutating func popFirst() -> Element? { isEmpty ? nil : remove(at: 0) }

  @discardableResult mutating func remove(at index: Int) -> Element {
    let element = self[index]
    guard index == 0 else {
      elements.remove(at: head + index)
      return element
    }
    elements[head] = nil
    head += 1
    // Half of them at least, so that each is moved once.
    if head >= 64, head * 2 >= elements.count {
      elements.removeFirst(head)
      head = 0
    }
    return element
  }

  /// Takes out all from `index` on.
  mutating func removeAll(from index: Int) -> [Element] {
    let taken = (index..<count).map { self[$0] }
    elements.removeLast(taken.count)
    return taken
  }
}
