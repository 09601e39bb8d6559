/// The source of a connection or a request, as limits and logs have it.
public enum ClientAddress: Hashable, Sendable {
  /// The port is nil where a proxy did not tell it.
  case internet(IPAddress, port: Int?)
  /// A program of this machine.
  case unix
  /// Not known: a proxy hides it.
  case unknown

  /// `192.0.2.7:53312`, `[2001:db8::1]:53312`; without a port `192.0.2.7`, `2001:db8::1`.
  public var text: String {
    switch self {
    case .internet(let address, nil): address.text
    case .internet(let address, let port?):
      address.bytes.count == 4 ? "\(address.text):\(port)" : "[\(address.text)]:\(port)"
    case .unix: "unix"
    case .unknown: "unknown"
    }
  }

  /// The unit that limits count by: an IPv4 address, or the /64 of an IPv6 one. All unknown ones are one unit.
  public var network: String {
    switch self {
    case .internet(let address, _): address.network
    case .unix: "unix"
    case .unknown: "unknown"
    }
  }

  /// Only this machine can be there.
  public var isLoopback: Bool {
    switch self {
    case .internet(let address, _): address.isLoopback
    case .unix: true
    case .unknown: false
    }
  }

  /// Whether it is the same address, whatever the port.
  public func isSameHost(as other: ClientAddress) -> Bool {
    switch (self, other) {
    case (.internet(let one, _), .internet(let two, _)): one == two
    default: self == other
    }
  }
}
