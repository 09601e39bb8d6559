/// First in, first out, without moving what is held at every turn.
struct Fifo<Element> {
  private var items: [Element] = []
  private var head = 0

  var count: Int { items.count - head }
  var isEmpty: Bool { head == items.count }
  /// The one that is next; may be changed, if there is one.
  var first: Element? {
    get { isEmpty ? nil : items[head] }
    set { if let newValue, !isEmpty { items[head] = newValue } }
  }

  mutating func append(_ item: Element) { items.append(item) }

  /// What is held, in order.
  var held: ArraySlice<Element> { items[head...] }

  mutating func popFirst() -> Element? {
    guard !isEmpty else { return nil }
    defer {
      head += 1
      // The taken ones are cleared away when they are the larger half, so an item is moved at most once on average.
      if head == items.count {
        items.removeAll(keepingCapacity: true)
        head = 0
      } else if head >= 64, head * 2 >= items.count {
        items.removeFirst(head)
        head = 0
      }
    }
    return items[head]
  }

  /// Everything held, in order; the queue is empty and its memory free afterwards.
  mutating func takeAll() -> [Element] {
    defer {
      items = []
      head = 0
    }
    return Array(items[head...])
  }
}
