import IO
import Platform
import Web

/// What the service manager is told, by the first loop.
extension Gateway {
  func watchLoops() {
    guard let interval = context.notifySocket?.watchdogInterval else { return }
    loop.after(interval, repeating: interval) { [unowned self] in
      guard lifecycle.watch.look() else { return }
      context.notifySocket?.notify(.alive(statusLine))
      everywhere { gateway in
        let index = gateway.context.index
        gateway.on(0) { $0.lifecycle.watch.heard(from: index) }
      }
    }
  }

  /// One line beside the unit's state in `systemctl status`.
  var statusLine: String {
    let connections = shared.access.connections
    let address = server.map { context.settings.address(port: $0.port) } ?? ""
    let state = lifecycle.isServing ? "listening on \(address)" : "shutting down"
    return "\(state), \(connections) \(connections == 1 ? "connection" : "connections")"
  }
}
