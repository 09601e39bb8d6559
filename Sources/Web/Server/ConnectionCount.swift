/// How many connections there are from each network.
struct ConnectionCount: Equatable {
  private var counts: [String: Int] = [:]

  /// Counts one more, unless that were more than `maximum` (0: no limit).
  mutating func enter(_ network: String, maximum: Int) -> Bool {
    let count = counts[network, default: 0]
    guard maximum == 0 || count < maximum else { return false }
    counts[network] = count + 1
    return true
  }

  mutating func leave(_ network: String) {
    guard let count = counts[network] else { preconditionFailure("A connection ends where it was counted.") }
    counts[network] = count > 1 ? count - 1 : nil
  }
}
