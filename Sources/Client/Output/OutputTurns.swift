/// Decides which of several streams may write: they end in any order, and are written in their own.
struct OutputTurns: Equatable {
  /// The stream that writes at once. All before it are written, later ones are held.
  private(set) var turn = 0
  private var finished: Set<Int> = []

  init() {}

  /// A stream has no more to write.
  /// - Returns: the streams that may be written now, in order. All but the last have finished, too.
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
