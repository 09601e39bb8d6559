/// What can go wrong with the loop and its sockets.
public enum IOError: Error, Equatable, Sendable, CustomStringConvertible {
  /// libev or OpenSSL does not work here.
  case library(call: String, reason: String)
  /// The host has no address: unknown, or not of this machine.
  case unresolved(host: String, reason: String)
  /// No address of the host takes connections.
  case unreachable(host: String, reason: String)
  /// Another program listens there already: choose another port.
  case portInUse(host: String, port: Int)
  /// The host cannot be listened on: unknown, not of this machine, or not allowed.
  case cannotListen(host: String, port: Int, reason: String)
  /// A descriptor that was handed over is no stream socket that listens.
  case notListening(descriptor: Int32)
  /// A certificate, its key or a list of authorities cannot be used.
  case badCertificate(file: String, reason: String)

  public var description: String {
    switch self {
    case .library(let call, let reason): "\(call) failed: \(reason)"
    case .unresolved(let host, let reason): "\(host) has no address: \(reason)"
    case .unreachable(let host, let reason): "\(host): \(reason)"
    case .portInUse(let host, _) where host.hasPrefix("/"): "another server listens on \(host)"
    case .portInUse(let host, let port): "port \(port) of \(host) is in use"
    case .cannotListen(let host, _, let reason) where host.hasPrefix("/"): "cannot listen on \(host): \(reason)"
    case .cannotListen(let host, let port, let reason): "cannot listen on \(host) port \(port): \(reason)"
    case .notListening(let descriptor):
      "descriptor \(descriptor), handed over by the service manager: expected a stream socket that listens"
    case .badCertificate(let file, let reason): "\(file) cannot be used for TLS: \(reason)"
    }
  }
}
