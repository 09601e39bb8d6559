import Audio
import Dialects
import IO
import JSON
import Platform
import Recognition
import Streams
import Web

/// Requests and connections.
extension Gateway: WebServerDelegate, SessionOwner {
  func server(_ server: WebServer, requested exchange: HTTPExchange) { exchange.respond(respond(to: exchange.request)) }

  private func respond(to request: HTTPRequest) -> HTTPResponse {
    let policy = DialectList.native.policy
    // Health is public: monitoring needs no token.
    if request.path != Endpoints.health,
      case .reject(let reason) = shared.access.withControl({ $0.identify(request, policy.credentials) })
    {
      return DialectList.native.rejection(reason)
    }
    switch (request.path, request.method) {
    case (Endpoints.stats, "GET"), (Endpoints.stats, "HEAD"): return HTTPResponse(status: 200, json: report.json)
    case (Endpoints.metrics, "GET"), (Endpoints.metrics, "HEAD"): return Endpoints.metrics(report)
    case (Endpoints.ready, "GET"), (Endpoints.ready, "HEAD"): return Endpoints.readiness(unreadiness)
    default: return Endpoints.answer(request, engines: engines)
    }
  }

  func server(_ server: WebServer, upgrade request: HTTPRequest) -> UpgradeAnswer {
    guard let dialect = DialectList.dialect(serving: request.path) else {
      return reject(request, Endpoints.notFound(request))
    }
    switch shared.access.withControl({ $0.decide(request, dialect.policy.credentials) }) {
    case .reject(let reason): return reject(request, dialect.rejection(reason))
    case .admit(let client):
      guard shared.access.connections < Self.maximumConnections, lifecycle.isServing, !budget.isFull else {
        return reject(request, dialect.rejection(.unavailable))
      }
      do throws(Rejection) {
        let opening = try dialect.open(request, engines)
        return .accept(
          WebSocketAcceptance(
            open(opening, for: client), subprotocol: opening.subprotocol,
            maximumBinaryBytes: Self.messageLimitBytes, maximumTextBytes: dialect.policy.textLimitBytes))
      } catch {
        return reject(request, error.response)
      }
    }
  }

  /// Far below the descriptor limit of a plain login shell; what has been measured.
  static let maximumConnections = 15_000

  private func reject(_ request: HTTPRequest, _ response: HTTPResponse) -> UpgradeAnswer {
    counters.refusals += 1
    log.write(.warning, "upgrade refused", ["peer": .string(request.peer), "status": .number(response.status)])
    return .refuse(response)
  }

  func server(_ server: WebServer, refused error: RequestError) -> HTTPResponse {
    DialectList.native.rejection(.malformed(status: error.status, reason: error.reason, headers: error.headers))
  }

  func server(_ server: WebServer, notice: WebServer.Notice) {
    switch notice {
    case .listener(.exhausted):
      log.write(.error, "out of descriptors or memory: new connections wait, open ones continue")
    case .listener(.acceptingAgain): log.write(.warning, "accepting connections again")
    case .rejected(let count): log.write(.warning, "rejected \(count) connections: limit reached")
    }
  }

  /// The session of an admitted request.
  private func open(_ opening: Opening, for client: ClientIdentity) -> Session {
    let request = opening.request
    let identity = SessionIdentity(clientID: shared.clientIDs.next(), name: randomBytes(16).hexadecimal)
    let stream = StreamSession(
      id: StreamID(gateway: shared.gatewayID, number: UInt64(identity.clientID)), request: request,
      keepsSegments: engines.isContinuous(request.engine))
    return Session(stream, opening.dialect(identity), as: identity, client: client, on: self)
  }

  func opened(_ session: Session, on connection: WebSocketConnection) {
    let request = session.stream.account.request
    session.attach(connection)
    shared.access.opened(ObjectIdentifier(connection), by: session.client)
    sessions.connect(session)
    counters.connections += 1
    log.write(
      .info, "client connected",
      [
        "client_id": .number(session.identity.clientID), "peer": .string(connection.peer),
        "sample_rate": .number(request.format.sampleRate), "channels": .number(request.format.channels),
        "encoding": .string(request.format.encoding.rawValue), "engine": .string(request.engine),
        "token": session.client.holder.map { .string($0) } ?? .null,
      ])
  }

  func received(
    _ message: UnsafeRawBufferPointer, kind: MessageKind, on connection: WebSocketConnection, from session: Session
  ) {
    guard !session.stream.account.hasEnded else { return }
    var owner = session
    switch kind {
    case .binary: receive(.binary(message), from: session)
    case .text:
      receive(.text(message), from: session)
      account(session)
      // A resumed session may have taken the connection over.
      owner = connection.handler as? Session ?? session
    }
    guard !owner.stream.account.hasEnded else { return }
    limit(owner)
    if shared.access.limitsRates { limitRate(of: owner, after: message.count) }
  }

  func drained(_ session: Session) {
    account(session)
    perform(session.stream.resume(from: .unread), for: session)
  }

  func closed(_ connection: WebSocketConnection, of session: Session, code: Int?) {
    shared.access.closed(ObjectIdentifier(connection))
    guard session.connection === connection else { return }
    _ = session.detach()
    disconnected(session, code: code)
    if sessions.connected.isEmpty { advanceShutdown() }
  }

  // MARK: Backpressure

  /// After each message: stops reading a client that is ahead by as much as it may be.
  private func limit(_ session: Session) {
    let slot = session.stream.placement.slot
    perform(
      session.stream.limit(
        unreadBytes: session.unreadBytes, isWorkerQueueFull: slot.map(workers.isFull) ?? false,
        isOverMemoryShare: budget.throttles(
          unansweredBytes: session.stream.account.inFlightBytes, clients: shared.access.connections)),
      for: session)
  }

  /// Does not read a client for a while that, or whose token or address, has sent more than it may.
  private func limitRate(of session: Session, after bytes: Int) {
    let wait = shared.access.charge(bytes, to: session.client, at: loop.now)
    guard wait > .zero, !session.stream.backpressure.contains(.rate) else { return }
    perform(session.stream.pause(for: .rate), for: session)
    let id = session.id
    loop.after(wait) { [unowned self] in
      guard let session = sessions[id] else { return }
      perform(session.stream.resume(from: .rate), for: session)
    }
  }
}

extension Session: WebSocketHandler {
  func opened(_ connection: WebSocketConnection) { owner.opened(self, on: connection) }
  func received(_ message: UnsafeRawBufferPointer, kind: MessageKind, on connection: WebSocketConnection) {
    owner.received(message, kind: kind, on: connection, from: self)
  }
  func failed(_ connection: WebSocketConnection, fault: ConnectionFault) { emit(.closing(fault.closeReason)) }
  func drained(_ connection: WebSocketConnection) { owner.drained(self) }
  func closed(_ connection: WebSocketConnection, code: Int?) { owner.closed(connection, of: self, code: code) }
}

extension ConnectionFault {
  fileprivate var closeReason: CloseReason {
    switch self {
    case .messageTooLarge(let isText, let limit): .messageTooLarge(isText: isText, limitBytes: limit)
    case .invalidUTF8: .invalidUTF8
    case .slowReader: .slowReader
    }
  }
}
