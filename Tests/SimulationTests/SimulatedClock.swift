import Support

/// Time and chance of a simulation: everything that happens is an event of one queue, and every choice comes from one
/// seed. So a run can be repeated, step by step.
final class SimulatedClock {
  private struct Event {
    var time: Int
    var order: Int
    var action: () -> Void
  }

  /// Microseconds since the beginning.
  private(set) var now = 0
  /// How many events have happened.
  private(set) var events = 0
  var random: SeededRandom
  /// The promise that was broken first; nothing happens after that.
  private(set) var broken: String?
  /// Lines about what happened, if they are wanted.
  private(set) var trace: [String]?
  private var heap: [Event] = []
  private var scheduled = 0

  init(_ seed: Seed, isTraced: Bool) {
    random = seed.random
    trace = isTraced ? [] : nil
  }

  var duration: Duration { .microseconds(now) }

  func note(_ line: @autoclosure () -> String) {
    if trace != nil { trace?.append("\(now) µs: \(line())") }
  }

  /// A promise was not kept.
  func fail(_ promise: @autoclosure () -> String) {
    guard broken == nil else { return }
    broken = promise()
    note("BROKEN: \(promise())")
  }

  func check(_ isKept: Bool, _ promise: @autoclosure () -> String) { if !isKept { fail(promise()) } }

  /// A number from 0 up to below `count`.
  func draw(_ count: Int) -> Int { Int(truncatingIfNeeded: random.next() % UInt64(max(1, count))) }
  func draw(in range: Range<Int>) -> Int { range.lowerBound + draw(range.count) }
  func happens(oneIn count: Int) -> Bool { count > 0 && draw(count) == 0 }

  // MARK: Events

  func after(_ microseconds: Int, _ action: @escaping () -> Void) {
    scheduled += 1
    heap.append(Event(time: now + max(0, microseconds), order: scheduled, action: action))
    rise(heap.count - 1)
  }

  /// Lets the next event happen; false if there is none before `end`, or a promise was broken.
  func step(until end: Int) -> Bool {
    guard broken == nil, let first = heap.first, first.time <= end else { return false }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      sink()
    }
    now = first.time
    events += 1
    first.action()
    return true
  }

  private func isBefore(_ one: Event, _ other: Event) -> Bool {
    one.time != other.time ? one.time < other.time : one.order < other.order
  }

  private func rise(_ start: Int) {
    var index = start
    while index > 0, isBefore(heap[index], heap[(index - 1) / 2]) {
      heap.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  private func sink() {
    var index = 0
    while true {
      var least = index
      for child in [2 * index + 1, 2 * index + 2] where child < heap.count && isBefore(heap[child], heap[least]) {
        least = child
      }
      guard least != index else { return }
      heap.swapAt(index, least)
      index = least
    }
  }

  /// What has not happened yet refers to the parts of the simulation, and they to this.
  func end() { heap = [] }
}
