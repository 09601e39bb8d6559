/// Which heard word is which said one, with the fewest differences.
public struct WordAlignment: Equatable, Sendable {
  /// Indices into the given words; one of them is nil for a word without counterpart.
  public struct Pair: Equatable, Sendable {
    public var heard: Int?
    public var said: Int?
    public var isSame: Bool
  }

  /// In the order of the words.
  public private(set) var pairs: [Pair] = []

  public init(heard: [String], said: [String]) {
    let differences = Self.differences(heard, said)
    let width = heard.count + 1
    var (h, s) = (heard.count, said.count)
    while h > 0 || s > 0 {
      let here = differences[s * width + h]
      let isSame = h > 0 && s > 0 && heard[h - 1] == said[s - 1]
      if h > 0, s > 0, here == differences[(s - 1) * width + h - 1] + (isSame ? 0 : 1) {
        (h, s) = (h - 1, s - 1)
        pairs.append(Pair(heard: h, said: s, isSame: isSame))
      } else if h > 0, here == differences[s * width + h - 1] + 1 {
        h -= 1
        pairs.append(Pair(heard: h, said: nil, isSame: false))
      } else {
        s -= 1
        pairs.append(Pair(heard: nil, said: s, isSame: false))
      }
    }
    pairs.reverse()
  }

  /// Row by row the differences between the first words of `said` and of `heard`.
  private static func differences(_ heard: [String], _ said: [String]) -> [Int] {
    let width = heard.count + 1
    var table = [Int](repeating: 0, count: width * (said.count + 1))
    for h in 0..<width { table[h] = h }
    for s in 0..<said.count {
      let (above, row) = (s * width, (s + 1) * width)
      table[row] = s + 1
      for h in heard.indices {
        let replaced = table[above + h] + (heard[h] == said[s] ? 0 : 1)
        table[row + h + 1] = min(replaced, table[row + h] + 1, table[above + h + 1] + 1)
      }
    }
    return table
  }
}
