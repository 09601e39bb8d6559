/// How many connections each of several loops has, and which one takes the next.
struct ConnectionLoads: Equatable {
  private(set) var counts: [Int]

  init(loops: Int) { counts = Array(repeating: 0, count: loops) }

  /// The loop with the fewest connections, the first of them; it has one more now.
  mutating func place() -> Int {
    guard let least = counts.indices.min(by: { counts[$0] < counts[$1] }) else {
      preconditionFailure("connections come when there is a loop for them")
    }
    counts[least] += 1
    return least
  }

  /// A connection moves to another loop.
  mutating func move(from: Int, to: Int) {
    leave(from)
    counts[to] += 1
  }

  /// A connection of that loop is over.
  mutating func leave(_ loop: Int) {
    precondition(counts[loop] > 0, "A connection ends where it was counted.")
    counts[loop] -= 1
  }
}
