public import IO

extension WebSocketError {
  /// What went wrong below, as an error of this module.
  public init(_ error: IOError) {
    switch error {
    case .library(let call, let reason): self = .library(call: call, reason: reason)
    case .unresolved(let host, let reason): self = .unreachable(reason: "\(host): \(reason)")
    }
  }
}
