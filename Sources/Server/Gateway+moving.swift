import WebSocket

/// A client that has come back and says which session is its own.
struct Comeback: Equatable, Sendable {
  var session: String
  /// The last chunk it has the reply to.
  var answered: Int
  /// Whose token it showed.
  var holder: String?
  /// Its new connection's stream until then, and the loop that has it.
  var newcomer: UInt64
  var loop: Int
}

/// How a session comes to the loop its client has come back to: it stays until its worker owes it nothing, so that nothing has to be
/// done again, and is taken to a worker there as after a worker's death. Its client is not read meanwhile.
extension Gateway {
  /// The session goes to the loop of `wish`, soon.
  func part(with client: ConnectedClient, for wish: Comeback) {
    client.connection = nil
    account(client)
    clients[client.stream] = nil
    away[client.stream] = client
    departing[client.stream] = wish
  }

  /// At the end of a round: those go of whom nothing is under way.
  func letGo() {
    guard !departing.isEmpty else { return }
    for (stream, wish) in departing {
      guard let client = away[stream] else {
        preconditionFailure("Who departs is away.")
      }
      if !client.session.isWaiting, !client.isMoving { handOver(client, for: wish) }
    }
  }

  private func handOver(_ client: ConnectedClient, for wish: Comeback) {
    let stream = client.stream
    departing[stream] = nil
    away[stream] = nil
    slowed.removeAll { $0 === client }
    if let seat = client.seat {
      waiting[seat].removeAll { $0 === client }
      pool.endStream(stream, on: seat)
    }
    acquit(client)
    client.leavesLoop()
    // From here on the other loop's alone.
    nonisolated(unsafe) let client = client
    doors[wish.loop].submit { $0.arrived(client, for: wish) }
    // Who looks for it from now on comes there behind it.
    commons.put(client.token, at: Commons.Place(loop: wish.loop, stream: stream))
  }

  private func arrived(_ client: ConnectedClient, for wish: Comeback) {
    guard shutdown.phase == .serving || shutdown.phase == .draining else { return leave(client, code: nil) }
    account(client)
    if client.sent > 0, client.session.state != .ended { settle(client) }
    if !attach(client, as: wish), !goesAway(client, code: nil) { leave(client, code: nil) }
    if let seat = client.seat { recover(seat) }
  }

  /// Brings the stream to a worker of this loop's.
  private func settle(_ client: ConnectedClient) {
    let seat = pool.seatStream()
    client.seat = seat
    client.isMoving = true
    recoveries[seat].add(client.stream, suspects: client.session.workerLost(sent: client.sent))
  }

  /// Somebody else has come back for the session this newcomer waits for.
  func dismiss(_ wish: Comeback) {
    clients[wish.newcomer]?.connection?.drop()
  }
}
