import IO
import WebSocket

/// Answers about the server itself.
extension Gateway {
  var report: Report {
    Report(
      shares, uptimeSeconds: (loop.now - began) / .seconds(1), heldBytes: budget.heldBytes,
      budgetBytes: budget.limitBytes)
  }

  /// Why nobody should send here now; nil when all is well.
  var unreadiness: String? {
    if shutdown.phase != .serving { return "the server is ending" }
    if budget.isFull { return "the server holds as much for its clients as it may" }
    // A client may come to any loop.
    return shares.allSatisfy(\.isAnswering) ? nil : "no worker has answered lately"
  }

  // MARK: Memory

  /// After anything that may have changed what is held for `client`.
  func account(_ client: ConnectedClient) {
    let held = client.session.inFlightBytes + client.history.soundBytes + client.replyBytes
    budget.change(by: held - client.accountedBytes)
    client.accountedBytes = held
  }

  /// Nothing of `client` is held any more.
  func acquit(_ client: ConnectedClient) {
    budget.change(by: -client.accountedBytes)
    client.accountedBytes = 0
  }

  /// Stops reading a client who holds more than its share while memory is short.
  func slow(_ client: ConnectedClient) {
    guard budget.slows(unansweredBytes: client.session.inFlightBytes, clients: commons.connections),
      !client.pauses.contains(.memory)
    else { return }
    client.pause(.memory)
    slowed.append(client)
  }

  /// Reads those again for whom there is memory.
  func quicken() {
    guard !slowed.isEmpty else { return }
    slowed.removeAll { client in
      guard budget.releases(unansweredBytes: client.session.inFlightBytes, clients: commons.connections) else {
        return false
      }
      client.resume(.memory)
      return true
    }
  }
}
