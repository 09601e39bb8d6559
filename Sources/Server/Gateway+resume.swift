import Contract
import IO
import JSON
import Platform
import WebSocket

/// Sessions whose connection broke are kept for a while; a client that names its session goes on where it was.
extension Gateway {
  /// The client of that stream, connected or away.
  func client(_ stream: UInt64) -> ConnectedClient? { clients[stream] ?? away[stream] }

  /// Everyone whose stream is not over.
  var everyone: [ConnectedClient] { Array(clients.values) + Array(away.values) }

  /// The connection has ended; whether its session waits for the client to come back.
  func goesAway(_ client: ConnectedClient, code: Int?) -> Bool {
    guard client.isResumable, client.isComplete || code == nil, shutdown.phase == .serving,
      away.count < StreamLimits.awaySessions / commons.loops
    else { return false }
    client.connection = nil
    account(client)
    client.absences += 1
    away[client.stream] = client
    let absence = client.absences
    let stream = client.stream
    loop.after(Self.awayTime) { [unowned self] in
      guard let client = away[stream], client.absences == absence, departing[stream] == nil else { return }
      away[stream] = nil
      leave(client, code: nil)
    }
    if client.isComplete {
      if client.absences == 1 { tellGone(client, code: code) }
    } else {
      log.write(
        .info, "client away",
        ["client_id": .number(client.session.clientID), "chunks": .number(client.session.chunks)])
    }
    return true
  }

  private static let awayTime = Duration.seconds(60)

  /// `newcomer` says that it is the client of the session of that name.
  func resume(_ token: String, answered: Int, as newcomer: ConnectedClient) {
    let wish = Comeback(
      session: token, answered: answered, holder: newcomer.visitor.holder, newcomer: newcomer.stream, loop: index)
    guard newcomer.session.chunks == 0, !newcomer.isResumable, newcomer.connection != nil else {
      return refuse(wish, "only as the first message of a connection")
    }
    seek(wish)
  }

  /// Looks for the session here, or has it looked for where it is.
  private func seek(_ wish: Comeback) {
    let unknown = "there is no such session, or no longer; start a new one"
    guard let place = commons.place(of: wish.session) else { return refuse(wish, unknown) }
    guard place.loop == index else {
      // What the newcomer sends meanwhile is for the session.
      if wish.loop == index { clients[wish.newcomer]?.pause(.moving) }
      return on(place.loop) { $0.seek(wish) }
    }
    // Told like a session that is not there: whose it is, is nobody's business.
    guard let client = client(place.stream), client.visitor.holder == wish.holder,
      // One that is being closed, for what was wrong with it, takes nothing more.
      client.isComplete || client.session.state != .ended
    else { return refuse(wish, unknown) }
    guard (0...client.session.chunks).contains(wish.answered) else {
      return refuse(
        wish, "answered is \(wish.answered); allowed is 0 to \(client.session.chunks), the last chunk received")
    }
    guard client.hasReplies(backTo: wish.answered) else {
      return refuse(
        wish, "the replies from chunk \(wish.answered + 1) on are no longer all kept; start a new session")
    }
    // Half open: this end has not noticed yet that the old connection is dead.
    client.connection?.context = nil
    client.connection?.drop()
    if let earlier = departing.removeValue(forKey: client.stream) { on(earlier.loop) { $0.dismiss(earlier) } }
    if wish.loop == index { attach(client, as: wish) } else { part(with: client, for: wish) }
  }

  private func refuse(_ wish: Comeback, _ error: String) {
    on(wish.loop) { gateway in
      guard let newcomer = gateway.clients[wish.newcomer] else { return }
      newcomer.send(.failure(error: "resume: \(error)", code: nil, seq: nil))
      newcomer.resume(.moving)
    }
  }

  /// The session, which is here, goes on over the newcomer's connection.
  /// - Returns: whether that is there still.
  @discardableResult
  func attach(_ client: ConnectedClient, as wish: Comeback) -> Bool {
    guard let newcomer = clients[wish.newcomer], let connection = newcomer.connection else { return false }
    newcomer.connection = nil
    acquit(newcomer)
    client.visitor = newcomer.visitor
    away[client.stream] = nil
    clients[newcomer.stream] = nil
    clients[client.stream] = client
    connection.context = client
    client.isBack(on: connection)
    tally.resumptions += 1
    log.write(
      .info, "client back",
      [
        "client_id": .number(client.session.clientID), "peer": .string(connection.peer),
        "chunks": .number(client.session.chunks), "answered": .number(wish.answered),
      ])
    let session = client.session
    client.send(
      .started(
        clientID: session.clientID, session: client.token, parameters: session.parameters, seq: session.chunks))
    client.repeatReplies(after: wish.answered)
    if client.session.state == .ended {
      // On its way here it can have come to what can't be understood.
      connection.close(code: client.isComplete ? 1000 : 1003, reason: client.isComplete ? "" : "unsupported")
    }
    return true
  }
}
