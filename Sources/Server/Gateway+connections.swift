import Audio
import Dialects
import IO
import JSON
import Platform
import Recognition
import Streams
import Web

/// Requests and connections.
extension Gateway: WebServerDelegate, ChannelOwner {
  func server(_ server: WebServer, requested exchange: HTTPExchange) {
    let request = exchange.request
    // Nothing in the page is secret: it asks for the token.
    if let file = shared.page.response(to: request) { return exchange.respond(file) }
    // Like docs/protocol.md.
    if let description = APIDescriptions.response(to: request) { return exchange.respond(description) }
    // Health is public: monitoring needs no token.
    if request.path == Endpoints.health { return exchange.respond(Endpoints.answer(request, engines: engines)) }
    if let dialect = shared.dialects.uploads(to: request.path) { return serve(exchange, dialect) }
    let dialect: any Dialect.Type = shared.dialects.dialect(serving: request.path) ?? DialectList.native
    switch shared.access.withControl({ $0.identify(request, dialect.policy.credentials) }) {
    case .reject(let reason): exchange.respond(dialect.rejection(reason).response)
    case .admit(let client) where Endpoints.isList(request):
      if let reason = shared.access.withControl({ $0.refusesList(to: client, request) }) {
        return exchange.respond(dialect.rejection(reason).response)
      }
      listStreams(for: exchange)
    case .admit where dialect != DialectList.native:
      exchange.respond(dialect.rejection(Endpoints.socketOnly(request)).response)
    case .admit: exchange.respond(respond(to: request))
    }
  }

  private func respond(to request: HTTPRequest) -> HTTPResponse {
    switch (request.path, request.method) {
    case (Endpoints.stats, "GET"), (Endpoints.stats, "HEAD"): HTTPResponse(status: 200, json: report.json)
    case (Endpoints.metrics, "GET"), (Endpoints.metrics, "HEAD"): Endpoints.metrics(report)
    case (Endpoints.ready, "GET"), (Endpoints.ready, "HEAD"): Endpoints.readiness(unreadiness)
    default: Endpoints.answer(request, engines: engines)
    }
  }

  func server(_ server: WebServer, upgrade request: HTTPRequest) -> UpgradeAnswer {
    guard let dialect = shared.dialects.dialect(serving: request.path) else {
      return .refuse(rejected(request, .notFound, otherResponse(to: request) ?? Endpoints.notFound(request)))
    }
    do throws(Rejection) {
      return .accept(try accept(request, dialect))
    } catch {
      counters.dialects.refused(dialect.policy.name)
      let response = rejected(request, error.cause, error.response)
      guard let refusal = dialect.socketRefusal(of: error, to: request) else { return .refuse(response) }
      return .accept(
        WebSocketAcceptance(
          RefusedUpgrade(refusal), subprotocol: refusal.subprotocol, maximumBinaryBytes: Self.messageLimitBytes,
          maximumTextBytes: dialect.policy.textLimitBytes))
    }
  }

  private func accept(
    _ request: HTTPRequest, _ dialect: any Dialect.Type
  ) throws(Rejection) -> WebSocketAcceptance {
    switch shared.access.withControl({ $0.decide(request, dialect.policy.credentials) }) {
    case .reject(let reason): throw dialect.rejection(reason)
    case .admit(let client):
      guard shared.access.connections < Self.maximumConnections, lifecycle.isServing, !budget.isFull else {
        throw dialect.rejection(.unavailable)
      }
      let opening = try dialect.open(request, engines)
      if !opening.isReturning, let full = workers.admit(opening.request.engine) { throw dialect.rejection(full) }
      let (handler, session) = open(opening, for: client)
      if let excess = refusesSpeech(of: session, opening: opening) { throw dialect.rejection(.delayed(excess)) }
      return WebSocketAcceptance(
        handler, subprotocol: opening.subprotocol, headers: opening.headers(session.name),
        maximumBinaryBytes: Self.messageLimitBytes, maximumTextBytes: dialect.policy.textLimitBytes)
    }
  }

  /// Far below the descriptor limit of a plain login shell; what has been measured.
  static let maximumConnections = 15_000

  /// Counts and logs it.
  private func rejected(_ request: HTTPRequest, _ cause: Rejection.Cause, _ response: HTTPResponse) -> HTTPResponse {
    counters.refusals.add(cause)
    func header(_ name: String) -> JSONValue { request.header(name).map { .string(String($0.prefix(200))) } ?? .null }
    log.write(
      .warning, "upgrade refused",
      [
        "peer": .string(request.peer), "status": .number(response.status), "origin": header("origin"),
        "host": header("host"),
      ])
    return response
  }

  func server(_ server: WebServer, refused error: RequestError) -> HTTPResponse {
    let path = error.path ?? ""
    if let dialect = shared.dialects.uploads(to: path) {
      // Files are sent there.
      let headers = error.status == 405 ? [HTTPResponse.Header("allow", "GET, HEAD, POST")] : error.headers
      let reason = RejectionReason.malformed(status: error.status, reason: error.reason, headers: headers)
      return dialect.rejection(reason, id: RequestID(digits: randomBytes(16).hexadecimal)).response
    }
    let reason = RejectionReason.malformed(status: error.status, reason: error.reason, headers: error.headers)
    return (shared.dialects.dialect(serving: path) ?? DialectList.native).rejection(reason).response
  }

  func server(_ server: WebServer, notice: WebServer.Notice) {
    switch notice {
    case .listener(.exhausted):
      log.write(.error, "out of descriptors or memory: new connections wait, open ones continue")
    case .listener(.acceptingAgain): log.write(.warning, "accepting connections again")
    case .rejected(let count):
      log.write(.warning, "rejected \(count) connections: limit reached, or displaced by newer ones")
    }
  }

  /// The session of an admitted request, or the first of several, and who takes what its client sends.
  private func open(_ opening: Opening, for client: ClientIdentity) -> (handler: any WebSocketHandler, session: Session)
  {
    guard opening.channels != nil else {
      let session = session(of: opening, for: client)
      return (session, session)
    }
    let group = group(of: opening, for: client)
    return (group, group.first)
  }

  func session(of opening: Opening, for client: ClientIdentity) -> Session {
    let identity = newIdentity
    let session = session(
      opening.request, opening.dialect(identity), as: identity, for: client, digest: nil)
    session.ignored(opening.ignored)
    return session
  }

  func group(of opening: Opening, for client: ClientIdentity) -> ChannelGroup {
    let group = ChannelGroup(opening, as: newIdentity, client: client, owner: self)
    group.first.ignored(opening.ignored)
    return group
  }

  private var newIdentity: SessionIdentity {
    func bits() -> UInt64 { randomBytes(8).reduce(0) { $0 << 8 | UInt64($1) } }
    return SessionIdentity(
      clientID: shared.clientIDs.next(), name: SessionName(high: bits(), low: bits()), openedAt: WallClock.now())
  }

  func session(
    _ request: StreamRequest, _ dialect: any SessionDialect, as identity: SessionIdentity?, for client: ClientIdentity,
    digest: StreamDigest?
  ) -> Session {
    let identity = identity ?? newIdentity
    let stream = StreamSession(
      id: StreamID(gateway: shared.gatewayID, number: UInt64(identity.clientID)), request: request,
      keepsSegments: engines.isContinuous(request.engine))
    return Session(stream, dialect, as: identity, client: client, on: self, digest: digest)
  }

  func ignored(_ names: [String], of session: Session) {
    log.write(
      .debug, "ignored parameters",
      [
        "client_id": .number(session.clientID), "dialect": .string(session.policy.name),
        "names": .string(names.joined(separator: ",")),
      ])
  }

  func opened(_ session: Session, on connection: any SessionConnection) {
    shared.access.opened(ObjectIdentifier(connection), by: session.client)
    budget.clients = shared.access.connections
    connect(session, to: connection)
  }

  /// The session has a connection, which is counted.
  func connect(_ session: Session, to connection: any SessionConnection) {
    let request = session.stream.account.request
    session.attach(connection)
    session.figures.opened(now: loop.nowInSeconds)
    sessions.connect(session)
    counters.dialects.opened(session.policy.name)
    if let patience = session.policy.patience { watch(session, for: patience) }
    log.write(
      .info, "client connected",
      [
        "client_id": .number(session.clientID), "peer": .string(connection.peer),
        "dialect": .string(session.policy.name), "sample_rate": .number(request.format.sampleRate),
        "channels": .number(request.format.channels),
        "encoding": .string(request.format.encoding.rawValue), "engine": .string(request.engine),
        "token": session.client.holder.map { .string($0) } ?? .null,
      ])
    session.dialect.opened(to: session)
  }

  func received(_ event: ClientEvent?, of bytes: Int, from session: Session) {
    if session.policy.patience != nil { session.figures.heardAt = loop.now }
    // A resumed session may take the connection over.
    var owner = session
    switch event {
    case .audio(let audio):
      received(audio: audio, from: session)
      if shared.access.limitsRates { limitRate(of: session, after: bytes) }
      return
    case .file(let part): received(file: part, from: session)
    case .start(let request, let keepsChunks, let settled):
      if let excess = refusesSpeech(of: session, start: request) {
        session.emit(.refused(.speechDelayed(seconds: excess.seconds, limitSeconds: excess.limitSeconds)))
        break
      }
      let actions = session.stream.start(
        request, keepsSegments: engines.isContinuous(request.engine), isResumable: session.policy.isResumable,
        keepsChunks: keepsChunks, settled: settled)
      makeKnown(session, actions)
    case .flush: carryOut(.flush, for: session)
    case .stop: carryOut(.stop, for: session)
    case .resume(let request):
      let connection = session.connection
      resume(request, on: session)
      owner = connection?.holder as? Session ?? session
    // The dialect has answered it.
    case nil: break
    }
    account(session)
    guard !owner.stream.account.hasEnded else { return }
    perform(owner.stream.limit(unreadBytes: owner.unreadBytes, budget: budget), for: owner)
    if shared.access.limitsRates { limitRate(of: owner, after: bytes) }
  }

  func drained(_ session: Session) {
    guard session.connection != nil else { return }
    account(session)
    perform(session.stream.resume(from: .unread), for: session)
  }

  func inputEnded(_ connection: any SessionConnection, of session: Session, code: Int?) {
    guard session.connection === connection else { return connection.close(code: 1000, reason: "") }
    carryOut(.inputEnded(code: code), for: session)
  }

  func closed(_ connection: any SessionConnection, of session: Session, code: Int?) {
    shared.access.closed(ObjectIdentifier(connection))
    budget.clients = shared.access.connections
    lost(connection, of: session, code: code)
  }

  /// The session no longer has this connection.
  func lost(_ connection: any SessionConnection, of session: Session, code: Int?) {
    counters.dialects.closed(session.policy.name, code: code)
    guard session.connection === connection else { return }
    _ = session.detach()
    disconnected(session, code: code)
    if sessions.connected.isEmpty { advanceShutdown() }
  }

  /// Does not read a client for a while that, or whose token or address, has sent more than it may.
  func limitRate(of session: Session, after bytes: Int) {
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
