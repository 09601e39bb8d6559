/// What can go wrong with the loop and its sockets.
public enum IOError: Error, Equatable, Sendable, CustomStringConvertible {
  /// libev does not work here.
  case library(call: String, reason: String)
  /// The host has no address: unknown, or not of this machine.
  case unresolved(host: String, reason: String)

  public var description: String {
    switch self {
    case .library(let call, let reason): "\(call) failed: \(reason)"
    case .unresolved(let host, let reason): "\(host) has no address: \(reason)"
    }
  }
}
