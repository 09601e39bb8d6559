import WebSocket
import Wire

/// Sessions whose connection broke are kept for a while; a client that names its session goes on where it was.
extension Gateway {
  /// The client of that stream, connected or away.
  func client(_ stream: UInt64) -> ConnectedClient? { clients[stream] ?? away[stream] }

  /// Everyone whose stream is not over.
  var everyone: [ConnectedClient] { Array(clients.values) + Array(away.values) }

  /// The connection has ended; whether its session waits for the client to come back.
  func goesAway(_ client: ConnectedClient, code: Int?) -> Bool {
    guard client.isResumable, client.isComplete || code == nil, shutdown.phase == .serving,
      away.count < Limits.awaySessions
    else { return false }
    client.connection = nil
    account(client)
    client.absences += 1
    away[client.stream] = client
    let absence = client.absences
    let stream = client.stream
    loop.after(Self.awayTime) { [unowned self] in
      guard let client = away[stream], client.absences == absence else { return }
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
    func refuse(_ error: String) { newcomer.send(.failure(error: "resume: \(error)", code: nil, seq: nil)) }
    guard newcomer.session.chunks == 0, !newcomer.isResumable, let connection = newcomer.connection else {
      return refuse("only as the first message of a connection")
    }
    // One that is being closed, for what was wrong with it, takes nothing more.
    guard let client = tokens[token].flatMap(client), client.isComplete || client.session.state != .ended else {
      return refuse("there is no such session, or no longer; start a new one")
    }
    // Told like a session that is not there: whose it is, is nobody's business.
    guard client.visitor.holder == newcomer.visitor.holder else {
      return refuse("there is no such session, or no longer; start a new one")
    }
    guard (0...client.session.chunks).contains(answered) else {
      return refuse("answered is \(answered); allowed is 0 to \(client.session.chunks), the last chunk received")
    }
    guard client.hasReplies(backTo: answered) else {
      return refuse("the replies from chunk \(answered + 1) on are no longer all kept; start a new session")
    }
    // Half open: this end has not noticed yet that the old connection is dead.
    client.connection?.context = nil
    client.connection?.drop()
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
        "chunks": .number(client.session.chunks), "answered": .number(answered),
      ])
    let session = client.session
    client.send(
      .started(
        clientID: session.clientID, session: client.token, parameters: session.parameters, seq: session.chunks))
    client.repeatReplies(after: answered)
    if client.isComplete { connection.close(code: 1000, reason: "") }
  }
}
