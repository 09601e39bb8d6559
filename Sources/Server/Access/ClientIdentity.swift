/// Who a client is, as far as limits and sessions go.
struct ClientIdentity: Equatable, Sendable {
  /// Its address, or for IPv6 the /64 of it.
  var network = ""
  /// The name of its access token, if tokens are required.
  var holder: String?
  /// The role of that token.
  var role: TokenRole?

  var isLocal: Bool { network == "::1" || network.hasPrefix("127.") }
}
