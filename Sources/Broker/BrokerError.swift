/// Why a broker cannot be used.
public enum BrokerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// It sent something that is not NATS.
  case malformed(String)
  /// It cannot be reached, or the connection broke.
  case unreachable(String)
  /// It does not take this client, in its own words.
  case refused(String)
  /// Its certificate is not trusted.
  case untrusted(String)
  /// It lacks something that is needed.
  case unsuitable(String)

  public var description: String {
    switch self {
    case .malformed(let what): "the broker sent \(what)"
    case .unreachable(let reason): reason
    case .refused(let reason): "the broker refused: \(reason)"
    case .untrusted(let reason): "the broker's certificate is not trusted: \(reason)"
    case .unsuitable(let reason): "the broker \(reason)"
    }
  }
}
