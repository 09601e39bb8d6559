import Dialects

/// How many streams each address and each token has open, and whether another may be opened.
struct ConnectionLimits: Equatable {
  /// 0: no limit.
  private(set) var perAddress: Int
  private(set) var perToken: Int
  /// Who controls this machine controls the server anyway; and a reverse proxy or a load generator is one address.
  private(set) var sparesLoopback: Bool
  private var addresses: [String: Int] = [:]
  private var tokens: [String: Int] = [:]

  init(perAddress: Int, perToken: Int, sparesLoopback: Bool) {
    self.perAddress = perAddress
    self.perToken = perToken
    self.sparesLoopback = sparesLoopback
  }

  /// Takes the numbers of other limits, and keeps the counts.
  mutating func change(to other: ConnectionLimits) {
    (perAddress, perToken, sparesLoopback) = (other.perAddress, other.perToken, other.sparesLoopback)
  }

  /// The limit that one more stream of this client would exceed, if any.
  func excess(of client: ClientIdentity) -> RejectionReason.TooManyStreams? {
    let isSpared = sparesLoopback && client.isLocal
    if perAddress > 0, !isSpared, addresses[client.network, default: 0] >= perAddress {
      return .ofAddress(limit: perAddress)
    }
    if perToken > 0, let holder = client.holder, tokens[holder, default: 0] >= perToken {
      return .ofToken(limit: perToken)
    }
    return nil
  }

  mutating func opened(by client: ClientIdentity) {
    addresses[client.network, default: 0] += 1
    if let holder = client.holder { tokens[holder, default: 0] += 1 }
  }

  mutating func closed(by client: ClientIdentity) {
    Self.takeOne(from: &addresses, client.network)
    if let holder = client.holder { Self.takeOne(from: &tokens, holder) }
  }

  private static func takeOne(from counts: inout [String: Int], _ key: String) {
    guard let count = counts[key] else { preconditionFailure("A stream was closed that was never opened.") }
    counts[key] = count > 1 ? count - 1 : nil
  }
}
