/// A set of chunk numbers as ranges, so that a long gap takes no more memory than a short one.
package struct SeqRanges: Equatable, CustomStringConvertible {
  /// Ascending, with at least one number between two ranges.
  package private(set) var ranges: [ClosedRange<Int>] = []

  package init() {}

  package init(_ seqs: some Sequence<Int>) {
    for seq in seqs { insert(seq) }
  }

  package var isEmpty: Bool { ranges.isEmpty }
  package var count: Int { ranges.reduce(0) { $0 + $1.count } }

  /// Index of the first range that ends at or after `seq`.
  private func place(of seq: Int) -> Int {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < seq { low = middle + 1 } else { high = middle }
    }
    return low
  }

  package func contains(_ seq: Int) -> Bool {
    let index = place(of: seq)
    return index < ranges.count && ranges[index].contains(seq)
  }

  package mutating func insert(_ seq: Int) {
    guard !contains(seq) else { return }
    let index = place(of: seq)
    let touchesBefore = index > 0 && ranges[index - 1].upperBound == seq - 1
    let touchesAfter = index < ranges.count && ranges[index].lowerBound == seq + 1
    switch (touchesBefore, touchesAfter) {
    case (true, true):
      ranges[index - 1] = ranges[index - 1].lowerBound...ranges[index].upperBound
      ranges.remove(at: index)
    case (true, false): ranges[index - 1] = ranges[index - 1].lowerBound...seq
    case (false, true): ranges[index] = seq...ranges[index].upperBound
    case (false, false): ranges.insert(seq...seq, at: index)
    }
  }

  /// - Returns: whether it was in the set.
  package mutating func remove(_ seq: Int) -> Bool {
    guard contains(seq) else { return false }
    let index = place(of: seq)
    let range = ranges.remove(at: index)
    if seq < range.upperBound { ranges.insert(seq + 1...range.upperBound, at: index) }
    if range.lowerBound < seq { ranges.insert(range.lowerBound...seq - 1, at: index) }
    return true
  }

  /// The most ranges that a description lists, so that it stays a readable line.
  private static let listed = 12

  /// `3, 7–9, 12`
  package var description: String {
    let shown = ranges.prefix(Self.listed)
    let text = shown.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound)" }
    let more = count - shown.reduce(0) { $0 + $1.count }
    return text.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }
}
