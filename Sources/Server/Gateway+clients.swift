import Audio
import CLinux
import Contract
import JSON
import Platform
import Web
import WebSocket

/// Who a client is and what it said in its URL, from the upgrade to the open connection.
private final class AcceptedStream {
  let parameters: StreamParameters
  let visitor: Visitor
  init(_ parameters: StreamParameters, visitor: Visitor) {
    self.parameters = parameters
    self.visitor = visitor
  }
}

extension Gateway: WebSocketServerDelegate {
  func server(_ server: WebSocketServer, request: HTTPRequest) -> HTTPResponse {
    if let refusal = commons.atTheGate({ $0.refusal(ofPlain: request) }) { return refusal }
    switch (request.path, request.method) {
    case (Routes.stats, "GET"), (Routes.stats, "HEAD"): return HTTPResponse(status: 200, json: report.json)
    case (Routes.metrics, "GET"), (Routes.metrics, "HEAD"): return Routes.metrics(report)
    case (Routes.ready, "GET"), (Routes.ready, "HEAD"): return Routes.readiness(unreadiness)
    default: return Routes.answer(request, engines: engines)
    }
  }

  func server(_ server: WebSocketServer, upgrade request: HTTPRequest) -> UpgradeAnswer {
    let hasRoom = commons.connections < StreamLimits.connections && shutdown.phase == .serving && !budget.isFull
    switch commons.atTheGate({ $0.decide(request) }) {
    case .refuse(let response): return refuse(request, with: response)
    case .admit(let visitor):
      switch Routes.upgrade(request, engines: engines, hasRoom: hasRoom) {
      case .accept(let parameters): return .accept(context: AcceptedStream(parameters, visitor: visitor))
      case .refuse(let response): return refuse(request, with: response)
      }
    }
  }

  private func refuse(_ request: HTTPRequest, with response: HTTPResponse) -> UpgradeAnswer {
    tally.refusals += 1
    log.write(.warning, "upgrade refused", ["peer": .string(request.peer), "status": .number(response.status)])
    return .refuse(response)
  }

  func server(_ server: WebSocketServer, opened connection: WebSocketConnection) {
    guard let accepted = connection.context as? AcceptedStream else {
      preconditionFailure("A connection was opened that had not been accepted.")
    }
    let parameters = accepted.parameters
    let session = Session(clientID: commons.nextClientID(), parameters: parameters)
    let client = ConnectedClient(connection: connection, session: session, token: Self.token())
    client.visitor = accepted.visitor
    commons.enter(client.visitor, as: ObjectIdentifier(connection))
    clients[client.stream] = client
    tally.connections += 1
    connection.context = client
    log.write(
      .info, "client connected",
      [
        "client_id": .number(session.clientID), "peer": .string(connection.peer),
        "sample_rate": .number(parameters.format.sampleRate), "channels": .number(parameters.format.channels),
        "encoding": .string(parameters.format.encoding.rawValue), "engine": .string(parameters.engine),
        "token": client.visitor.holder.map { .string($0) } ?? .null,
      ])
  }

  func server(
    _ server: WebSocketServer, connection: WebSocketConnection, received message: UnsafeRawBufferPointer,
    kind: MessageKind
  ) {
    guard var client = connection.context as? ConnectedClient, client.session.state != .ended else { return }
    switch kind {
    case .binary: receive(chunk: message, from: client)
    case .text:
      receive(text: message, from: client)
      // A resumption gives the connection to another.
      if let owner = connection.context as? ConnectedClient { client = owner }
      account(client)
    }
    // Its close is still to be read.
    guard client.session.state != .ended else { return }
    hold(client)
    slowDown(client, after: message.count)
  }

  func server(_ server: WebSocketServer, drained connection: WebSocketConnection) {
    guard let client = connection.context as? ConnectedClient else { return }
    account(client)
    client.resume(.unread)
  }

  func server(_ server: WebSocketServer, closed connection: WebSocketConnection, code: Int?) {
    commons.leave(ObjectIdentifier(connection))
    guard let client = connection.context as? ConnectedClient else { return }
    connection.context = nil
    clients[client.stream] = nil
    if !goesAway(client, code: code) { leave(client, code: code) }
    if clients.isEmpty { advanceShutdown() }
  }

  /// The stream is over for good.
  func leave(_ client: ConnectedClient, code: Int?) {
    if client.isResumable { commons.put(client.token, at: nil) }
    defer { acquit(client) }
    // Told when its connection ended; it was kept in case the receipt had not arrived.
    guard !client.isComplete || client.absences == 0 else { return }
    forget(client)
    tellGone(client, code: code)
  }

  func tellGone(_ client: ConnectedClient, code: Int?) {
    let session = client.session
    log.write(
      .info, "client gone",
      [
        "client_id": .number(session.clientID), "code": code.map { .number($0) } ?? .null,
        "chunks": .number(session.chunks), "bytes": .number(session.bytes), "seconds": .number(session.layout.seconds),
        "processed": .number(session.processed), "dropped": .number(session.dropped),
        "replayed": .number(session.replayed),
      ])
  }

  private static func token() -> String { randomBytes(16).hexadecimal }
}
