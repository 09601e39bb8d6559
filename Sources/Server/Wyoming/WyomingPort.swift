import IO

/// The listener for clients of the Wyoming protocol, and their connections.
struct WyomingPort {
  var listener: Listener?
  var connections: [ObjectIdentifier: any RawConnection] = [:]
}

/// A connection that is not HTTP, and has a session at times.
protocol RawConnection: AnyObject {
  /// Drops a client that has stopped in the middle of a message.
  func checkPatience()
  /// The server ends: one without a session has nothing to wait for.
  func shutDown()
}
