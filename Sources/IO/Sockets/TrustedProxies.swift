/// Proxies that are believed when they say for which client they speak.
public struct TrustedProxies: Equatable, Sendable {
  private var blocks: [AddressBlock] = []
  private var hasUnix = false

  /// None.
  public init() {}

  /// What a list must look like, for error messages.
  public static let form =
    "addresses or CIDRs of proxies, such as 127.0.0.1,10.0.0.0/8,fd00::/8, or unix for a Unix socket; never /0, with which every client could name itself"

  /// Reads addresses, CIDRs and `unix`.
  /// - Returns: nil if one is something else, or has every address in it.
  public init?(list: [String]) {
    for entry in list {
      if entry == "unix" {
        hasUnix = true
      } else if let address = IPAddress(entry) {
        blocks.append(AddressBlock(address))
      } else if let block = AddressBlock(entry), block.bits > 0 {
        blocks.append(block)
      } else {
        return nil
      }
    }
  }

  public func contains(_ peer: ClientAddress) -> Bool {
    switch peer {
    case .internet(let address, _): blocks.contains { $0.contains(address) }
    case .unix: hasUnix
    case .unknown: false
    }
  }

  /// The client at the far end of a chain of proxies: the first that is none of them, or the last where all are. What
  /// lies behind it, it may have made up.
  /// - Parameter hops: the nearest first; no more of them are taken than needed.
  public func client(behind hops: some Sequence<ClientAddress>) -> ClientAddress? {
    var farthest: ClientAddress?
    for hop in hops {
      farthest = hop
      if !contains(hop) { break }
    }
    return farthest
  }
}
