/// The address of a broker.
public struct BrokerAddress: Equatable, Sendable, CustomStringConvertible {
  public var host: String
  public var port: Int
  /// The URL wants the connection to be encrypted.
  public var requiresTLS: Bool

  static let standardPort = 4222

  public init(host: String, port: Int, requiresTLS: Bool = false) {
    self.host = host
    self.port = port
    self.requiresTLS = requiresTLS
  }

  /// Reads `nats://HOST:PORT` or `tls://HOST:PORT`. A URL with a user in it is refused: everybody sees the list of
  /// processes.
  init?(url: some StringProtocol) {
    guard let scheme = ["nats://", "tls://"].first(where: { url.hasPrefix($0) }) else { return nil }
    var rest = url.dropFirst(scheme.count)
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    var port = Self.standardPort
    if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("]") {
      guard let given = Int(rest[rest.index(after: colon)...]), (1...65_535).contains(given) else { return nil }
      port = given
      rest = rest[..<colon]
    }
    if rest.hasPrefix("["), rest.hasSuffix("]") {
      rest = rest.dropFirst().dropLast()
    } else if rest.contains(":") {
      return nil
    }
    guard !rest.isEmpty, rest.allSatisfy({ !"@/?# []".contains($0) }) else { return nil }
    self.init(host: String(rest), port: port, requiresTLS: scheme == "tls://")
  }

  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
