/// What can go wrong outside an open connection; the case says what the caller can do about it.
public enum WebSocketError: Error, Equatable, Sendable {
  /// The text is no `ws://` or `wss://` address.
  case badURL(String, reason: String)
  /// Somebody listens there already: choose another port.
  case portInUse(host: String, port: Int)
  /// The host cannot be listened on: unknown, not of this machine, or not allowed.
  case cannotListen(host: String, port: Int, reason: String)
  /// libev, libwebsockets or its libev plugin (package libwebsockets-evlib-ev) does not work here.
  case library(call: String, reason: String)
  /// Nobody answers at the address; trying again later may help.
  case unreachable(reason: String)
  /// The server's certificate is not one to trust: signed by nobody known, expired, or another's.
  case untrusted(reason: String)
  /// A certificate or its key cannot be used to serve with.
  case badCertificate(file: String, reason: String)
  /// The server did not finish the handshake in time.
  case timedOut
  /// The server answered, but with plain HTTP of this status instead of an upgrade.
  case refused(status: Int, retryAfterSeconds: Int?)
}

extension WebSocketError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .badURL(let text, let reason): "not a WebSocket address: \(text) (\(reason))"
    case .portInUse(let host, let port): "port \(port) of \(host) is in use"
    case .cannotListen(let host, let port, let reason): "cannot listen on \(host) port \(port): \(reason)"
    case .library(let call, let reason): "\(call) failed: \(reason)"
    case .unreachable(let reason): "no connection: \(reason)"
    case .untrusted(let reason): "the server's certificate is not trusted: \(reason)"
    case .badCertificate(let file, let reason): "\(file) cannot be used for TLS: \(reason)"
    case .timedOut: "no answer in time"
    case .refused(let status, nil): "refused with HTTP status \(status)"
    case .refused(let status, let seconds?): "refused with HTTP status \(status), try again in \(seconds) s"
    }
  }
}
