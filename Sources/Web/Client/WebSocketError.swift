public import IO

/// Why a connection to a server was not opened.
public enum WebSocketError: Error, Equatable, Sendable {
  /// The text is no `ws://` or `wss://` address.
  case badURL(String, reason: String)
  /// TLS can't be used here, or the file of authorities.
  case io(IOError)
  /// Nobody answers at the address; trying again later may help.
  case unreachable(reason: String)
  /// The proxy of the environment did not connect us.
  case proxyFailed(proxy: String, reason: String)
  /// A variable of the environment names a proxy of a kind that cannot be used.
  case badProxy(variable: String, proxy: String)
  /// The server speaks TLS, and the address begins with `ws://`.
  case speaksTLS
  /// The server speaks no TLS, and the address begins with `wss://`.
  case speaksNoTLS
  /// The server's certificate is not one to trust: signed by nobody known, expired, or another's.
  case untrusted(reason: String)
  /// The server did not finish the handshake in time.
  case timedOut
  /// The server answered, but with plain HTTP of this status instead of an upgrade.
  case refused(status: Int, retryAfterSeconds: Int?)
  /// The server answered that the service is at another address. It is not followed: a token would go along.
  case redirected(status: Int, location: String)
}

extension WebSocketError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .badURL(let text, let reason): "not a WebSocket address: \(text) (\(reason))"
    case .io(let error): "\(error)"
    case .unreachable(let reason): "no connection: \(reason)"
    case .proxyFailed(let proxy, let reason): "no connection through the proxy \(proxy): \(reason)"
    case .badProxy(let variable, let proxy): "\(variable): expected http://HOST:PORT, got \"\(proxy)\""
    case .speaksTLS: "the server speaks TLS: use wss://"
    case .speaksNoTLS: "the server speaks no TLS: use ws://"
    case .untrusted(let reason): "the server's certificate is not trusted: \(reason)"
    case .timedOut: "no answer in time"
    case .refused(let status, nil): "refused with HTTP status \(status)"
    case .refused(let status, let seconds?): "refused with HTTP status \(status), try again in \(seconds) s"
    case .redirected(let status, let location): "redirected with HTTP status \(status) to \(location): use that address"
    }
  }
}
