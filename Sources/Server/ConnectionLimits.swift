/// How many streams each address and each token has open, and whether one more may come.
struct ConnectionLimits: Equatable {
  /// 0: no limit.
  let perAddress: Int
  let perToken: Int
  /// Whoever has this machine has the server anyway; and a reverse proxy, or a load generator, is one address.
  let sparesLoopback: Bool
  private var addresses: [String: Int] = [:]
  private var tokens: [String: Int] = [:]

  init(perAddress: Int, perToken: Int, sparesLoopback: Bool) {
    self.perAddress = perAddress
    self.perToken = perToken
    self.sparesLoopback = sparesLoopback
  }

  /// Why a visitor may not open one more stream, nil when they may.
  func refusal(of visitor: Visitor) -> String? {
    let isSpared = sparesLoopback && visitor.isLocal
    if perAddress > 0, !isSpared, addresses[visitor.network, default: 0] >= perAddress {
      return "This address has \(perAddress) connections open, which is all it may have"
    }
    if perToken > 0, let holder = visitor.holder, tokens[holder, default: 0] >= perToken {
      return "This token has \(perToken) connections open, which is all it may have"
    }
    return nil
  }

  mutating func enter(_ visitor: Visitor) {
    addresses[visitor.network, default: 0] += 1
    if let holder = visitor.holder { tokens[holder, default: 0] += 1 }
  }

  mutating func leave(_ visitor: Visitor) {
    Self.takeOne(from: &addresses, visitor.network)
    if let holder = visitor.holder { Self.takeOne(from: &tokens, holder) }
  }

  private static func takeOne(from counts: inout [String: Int], _ key: String) {
    guard let count = counts[key] else { preconditionFailure("Nobody leaves who has not come.") }
    counts[key] = count > 1 ? count - 1 : nil
  }
}
