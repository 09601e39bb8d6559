import Audio
import Dialects
import IO
import JSON
import Platform
import Recognition
import Streams
import Web
import WebSocket

/// An admitted request, until its connection is open.
private final class AdmittedStream {
  let opening: Opening
  let client: ClientIdentity
  init(_ opening: Opening, _ client: ClientIdentity) {
    self.opening = opening
    self.client = client
  }
}

/// Requests and connections.
extension Gateway: WebSocketServerDelegate {
  func server(_ server: WebSocketServer, request: HTTPRequest) -> HTTPResponse {
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

  func server(_ server: WebSocketServer, upgrade request: HTTPRequest) -> UpgradeAnswer {
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
        return .accept(context: AdmittedStream(try dialect.open(request, engines), client))
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

  func server(_ server: WebSocketServer, refused error: RequestError) -> HTTPResponse {
    DialectList.native.rejection(.malformed(status: error.status, reason: error.reason, headers: error.headers))
  }

  func server(_ server: WebSocketServer, opened connection: WebSocketConnection) {
    guard let admitted = connection.context as? AdmittedStream else {
      preconditionFailure("A connection was opened that was not admitted.")
    }
    let request = admitted.opening.request
    let identity = SessionIdentity(clientID: shared.clientIDs.next(), name: randomBytes(16).hexadecimal)
    let stream = StreamSession(
      id: StreamID(gateway: shared.gatewayID, number: UInt64(identity.clientID)), request: request,
      keepsSegments: engines.isContinuous(request.engine))
    let session = Session(stream, admitted.opening.dialect(identity), as: identity, client: admitted.client)
    session.attach(connection)
    shared.access.opened(ObjectIdentifier(connection), by: session.client)
    sessions.connect(session)
    counters.connections += 1
    log.write(
      .info, "client connected",
      [
        "client_id": .number(identity.clientID), "peer": .string(connection.peer),
        "sample_rate": .number(request.format.sampleRate), "channels": .number(request.format.channels),
        "encoding": .string(request.format.encoding.rawValue), "engine": .string(request.engine),
        "token": session.client.holder.map { .string($0) } ?? .null,
      ])
  }

  func server(
    _ server: WebSocketServer, connection: WebSocketConnection, received message: UnsafeRawBufferPointer,
    kind: MessageKind
  ) {
    guard let session = connection.context as? Session, !session.stream.account.hasEnded else { return }
    switch kind {
    case .binary: receive(.binary(message), from: session)
    case .text:
      receive(.text(message), from: session)
      account(session)
    }
    // A resumed session has taken the connection over.
    guard let owner = connection.context as? Session, !owner.stream.account.hasEnded else { return }
    limit(owner)
    limitRate(of: owner, after: message.count)
  }

  func server(_ server: WebSocketServer, connection: WebSocketConnection, failed reason: ConnectionFault) {
    guard let session = connection.context as? Session else { return }
    session.emit(.closing(reason.closeReason))
  }

  func server(_ server: WebSocketServer, drained connection: WebSocketConnection) {
    guard let session = connection.context as? Session else { return }
    account(session)
    perform(session.stream.resume(from: .unread), for: session)
  }

  func server(_ server: WebSocketServer, closed connection: WebSocketConnection, code: Int?) {
    shared.access.closed(ObjectIdentifier(connection))
    guard let session = connection.context as? Session else { return }
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

extension ConnectionFault {
  fileprivate var closeReason: CloseReason {
    switch self {
    case .messageTooLarge(let isText, let limit): .messageTooLarge(isText: isText, limitBytes: limit)
    case .invalidUTF8: .invalidUTF8
    case .slowReader: .slowReader
    }
  }
}
