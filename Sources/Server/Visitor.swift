/// Who is at the other end, as far as limits go.
struct Visitor: Equatable, Sendable {
  /// The address, or for IPv6 the /64 it is in.
  var network = ""
  /// Whose token it showed, if tokens are asked for.
  var holder: String?

  var isLocal: Bool { network == "::1" || network.hasPrefix("127.") }
}
