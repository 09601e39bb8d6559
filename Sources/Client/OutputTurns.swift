/// Whose turn it is to write, of several that come to an end in any order and are to be read in theirs.
struct OutputTurns: Equatable {
  /// Everything before it has been written; it writes at once. The others are held back.
  private(set) var turn = 0
  private var finished: Set<Int> = []

  init() {}

  /// One has no more to write: those whose turn it is now, in order. All but the last are finished themselves.
  mutating func finish(_ index: Int) -> ClosedRange<Int>? {
    guard index >= turn else { return nil }
    guard index == turn else {
      finished.insert(index)
      return nil
    }
    let first = turn + 1
    turn += 1
    while finished.remove(turn) != nil { turn += 1 }
    return first...turn
  }
}
