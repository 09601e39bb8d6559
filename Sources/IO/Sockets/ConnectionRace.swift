/// In which order a host's addresses are tried (RFC 8305, "Happy Eyeballs"): families in turn, the next address when
/// one has failed or has not answered for a quarter of a second. The first to be connected wins.
struct ConnectionRace: Equatable {
  /// RFC 8305, 5: the recommended delay between attempts.
  static let attemptDelay = Duration.milliseconds(250)

  enum Action: Equatable {
    /// Try the address of this number, and start the delay.
    case start(Int)
    /// An attempt is under way.
    case wait
    /// Every address has failed.
    case fail
  }

  private var waiting: [Int]
  private var underWay = 0

  /// - Parameter isIPv6: of each address, in the resolver's order.
  init(isIPv6: [Bool]) {
    let first = isIPv6.first ?? true
    let preferred = isIPv6.indices.filter { isIPv6[$0] == first }
    let other = isIPv6.indices.filter { isIPv6[$0] != first }
    waiting = []
    for index in 0..<max(preferred.count, other.count) {
      if index < preferred.count { waiting.append(preferred[index]) }
      if index < other.count { waiting.append(other[index]) }
    }
  }

  /// The start, or the end of the delay.
  mutating func next() -> Action {
    guard !waiting.isEmpty else { return underWay > 0 ? .wait : .fail }
    underWay += 1
    return .start(waiting.removeFirst())
  }

  /// An attempt has failed.
  mutating func failed() -> Action {
    underWay -= 1
    return next()
  }
}
