public import IO

/// What a server asks and tells its owner, all on the loop's thread.
public protocol WebServerDelegate: AnyObject {
  /// The head of a plain HTTP request has arrived.
  func server(_ server: WebServer, requested exchange: HTTPExchange)
  /// A well-formed request to open a WebSocket.
  func server(_ server: WebServer, upgrade request: HTTPRequest) -> UpgradeAnswer
  /// The response to a request that is refused before the owner is asked.
  func server(_ server: WebServer, refused error: RequestError) -> HTTPResponse
  /// A connection holds something else than before.
  func server(_ server: WebServer, held before: ConnectionHolding, now after: ConnectionHolding)
  /// Something the operator should know.
  func server(_ server: WebServer, notice: WebServer.Notice)
}

extension WebServerDelegate {
  public func server(_ server: WebServer, held before: ConnectionHolding, now after: ConnectionHolding) {}
}

/// HTTP and WebSocket on one port, on one loop; with a `SharedPort` several on one port, each on its own loop. For the
/// loop's thread only.
public final class WebServer: PortMember {
  public enum Notice: Equatable, Sendable {
    case listener(Listener.Notice)
    /// So many connections were closed unread since the last notice, as a limit was reached.
    case rejected(connections: Int)
  }

  /// 0 if it does not listen.
  public private(set) var port = 0
  /// It must live until `close`. Not weak: a weak reference puts every retain of its object on the slow path, and a
  /// server's owner is retained for each message.
  public private(set) unowned var delegate: (any WebServerDelegate)?
  let loop: EventLoop
  private var patience: Patience
  private var reception: Reception
  private var tls: TLSContext?
  private let shared: SharedPort
  private var member: SharedPort.Member?
  private var listener: Listener?
  private var connections: ConnectionTable
  private var sweeper: LoopTimer?

  private struct ConnectionTable {
    var requesting: [ObjectIdentifier: HTTPConnection] = [:]
    var open: [ObjectIdentifier: WebSocketConnection] = [:]
    var handshakes: UnfinishedHandshakes<ObjectIdentifier>
    /// Closed unread, or displaced, since the last notice.
    var rejected = 0
  }

  /// Listens at once. `localhost` is both loopback addresses, `::` IPv4 as well; port 0 takes a free one.
  public convenience init(
    loop: EventLoop, host: String, port: Int, patience: Patience = Patience(), reception: Reception = Reception(),
    delegate: any WebServerDelegate
  ) throws(IOError) {
    try self.init(loop: loop, sharing: SharedPort(), patience: patience, reception: reception, delegate: delegate)
    try listen(host: host, port: port)
  }

  /// One of several on loops of their own that share a port, by its number from 0: when all are there, one of them is
  /// to `listen`. What `reception` allows of connections from one network counts for all of them together, the rest for
  /// each.
  public init(
    loop: EventLoop, sharing shared: SharedPort, as index: Int = 0, patience: Patience = Patience(),
    reception: Reception = Reception(), delegate: any WebServerDelegate
  ) throws(IOError) {
    self.loop = loop
    self.shared = shared
    self.delegate = delegate
    self.patience = patience
    self.reception = reception
    connections = ConnectionTable(handshakes: UnfinishedHandshakes(maximum: reception.maximumRequesting))
    tls = try reception.certificate.map { files throws(IOError) in try TLSContext(serving: files) }
    member = shared.join(self, as: index)
    sweeper = loop.after(.seconds(1), repeating: .seconds(1)) { [unowned self] in self.sweep() }
  }

  deinit { close() }

  /// Accepts connections for all servers that share its port.
  /// - Parameter descriptors: sockets that listen already, instead of ones on host and port.
  public func listen(host: String, port: Int, adopting descriptors: [Int32] = []) throws(IOError) {
    let notice: (Listener.Notice) -> Void = { [unowned self] in delegate?.server(self, notice: .listener($0)) }
    let accepted: (Int32) -> Void = { [unowned self] in accept($0) }
    let listener =
      if descriptors.isEmpty {
        try Listener(loop: loop, host: host, port: port, notice: notice, accepted: accepted)
      } else {
        try Listener(loop: loop, adopting: descriptors, notice: notice, accepted: accepted)
      }
    self.port = listener.port
    self.listener = listener
  }

  /// Open WebSockets.
  public var connectionCount: Int { connections.open.count }

  /// Whether only this machine can reach it.
  public var isOnLoopback: Bool { listener?.isOnLoopback ?? true }

  /// Takes other settings, and reads the certificate and its key from their files again. Open connections continue.
  /// - Throws: the certificate or its key can't be used; the old ones stay.
  public func update(_ reception: Reception, _ patience: Patience) throws(IOError) {
    precondition((reception.certificate == nil) == (tls == nil), "A server has TLS for life or never.")
    self.patience = patience
    self.reception = reception
    if let files = reception.certificate { tls = try TLSContext(serving: files) }
  }

  /// When the certificate expires, in seconds since 1970; nil without TLS.
  public var certificateExpiry: Int? { tls?.certificateExpiry }

  /// Closes the listening socket; open connections continue.
  public func stopAccepting() {
    listener?.close()
    listener = nil
  }

  /// Ends everything. Each open WebSocket is still reported as closed, at the end of the round.
  public func close() {
    stopAccepting()
    member?.server = nil
    sweeper?.cancel()
    sweeper = nil
    for connection in connections.requesting.values { connection.stream.drop() }
    for connection in connections.open.values { connection.drop() }
    delegate = nil
  }

  // MARK: Other loops

  /// Moves an open WebSocket to the server of this number on the same port. Nothing is delivered in the meantime; what
  /// arrives goes to `handler`, on that server's loop.
  public func move(_ connection: WebSocketConnection, to index: Int, handler: any WebSocketHandler) {
    connection.prepareToMove()
    // In a round of its own: this may be called from the connection's own callbacks.
    loop.after(.zero) { [weak self, weak connection] in
      guard let self, let connection, let member, connection.isOpen, let stream = connection.stream, stream.leaveLoop()
      else { return }
      connections.open[ObjectIdentifier(connection)] = nil
      held(fixedHolding + connection.holding, now: ConnectionHolding())
      connection.handler = handler
      shared.move(connection, from: member, to: index)
    }
  }

  func adopt(_ connection: WebSocketConnection) {
    connections.open[ObjectIdentifier(connection)] = connection
    held(ConnectionHolding(), now: fixedHolding + connection.holding)
    connection.join(self, on: loop)
  }

  // MARK: Memory

  private var fixedHolding: ConnectionHolding { tls == nil ? ConnectionHolding() : .tls }

  /// Memory is short: closes the connections with the largest unfinished messages, until these have so many bytes.
  /// Returns how many.
  public func dropUnfinished(bytes: Int) -> Int {
    var (left, dropped) = (bytes, 0)
    let holders = connections.open.values.filter { $0.holding.unfinishedBytes > 0 }
    for connection in holders.sorted(by: { $0.holding.unfinishedBytes > $1.holding.unfinishedBytes }) where left > 0 {
      left -= connection.holding.unfinishedBytes
      dropped += 1
      connection.dropUnfinished()
    }
    return dropped
  }

  // MARK: From the listener

  /// For the server on the loop with the fewest connections.
  func accept(_ descriptor: Int32) {
    guard let member else { preconditionFailure("A server listens after it has joined its port.") }
    shared.place(descriptor, from: member)
  }

  func receive(_ descriptor: Int32) {
    let client = SocketAddress(peerOf: descriptor)?.client ?? .unknown
    guard enters(from: client) else {
      connections.rejected += 1
      left(network: nil)
      return Listener.reject(descriptor)
    }
    let isProxy = reception.trustedProxies.contains(client)
    let stream = ByteStream(descriptor, on: loop, tls: tls, proxyHeader: isProxy ? .taken : .refused)
    let connection = HTTPConnection(stream, client: client, server: self)
    stream.delegate = connection
    if tls != nil { held(ConnectionHolding(), now: .tls) }
    connections.requesting[ObjectIdentifier(connection)] = connection
    awaitRequest(of: connection)
  }

  /// It has not said what it wants: the oldest of its network may go for it.
  private func awaitRequest(of connection: HTTPConnection) {
    let limit = reception.isSpared(connection.client) ? 0 : reception.maximumRequestingPerNetwork
    displace(
      connections.handshakes.enter(ObjectIdentifier(connection), from: connection.client.network, limit: limit))
  }

  /// Whether there may be one more connection from a network; for it, one may go that has not said what it wants.
  private func enters(from client: ClientAddress) -> Bool {
    let network = client.network
    let maximum = reception.isSpared(client) ? 0 : reception.maximumPerNetwork
    if shared.enters(from: network, maximum: maximum) { return true }
    guard let oldest = connections.handshakes.evict(from: network) else { return false }
    displace(oldest)
    return shared.enters(from: network, maximum: maximum)
  }

  /// Ends a connection that has not said what it wants, for a newcomer.
  private func displace(_ id: ObjectIdentifier?) {
    guard let id, let connection = connections.requesting.removeValue(forKey: id) else { return }
    connections.rejected += 1
    left(network: connection.client.network)
    connection.stream.drop()
  }

  private func left(network: String?) {
    // One that was never taken has no network.
    if network != nil, tls != nil { held(.tls, now: ConnectionHolding()) }
    if let member { shared.leaves(member, network: network) }
  }

  // MARK: Once a second

  private func sweep() {
    for connection in connections.requesting.values {
      connection.checkPatience(reception, slowReader: patience.slowReader, now: loop.now)
    }
    for connection in connections.open.values { connection.checkPatience(patience, now: loop.now) }
    guard connections.rejected > 0 else { return }
    delegate?.server(self, notice: .rejected(connections: connections.rejected))
    connections.rejected = 0
  }
}

extension WebServer: HTTPConnectionOwner, WebSocketOwner {
  func held(_ before: ConnectionHolding, now after: ConnectionHolding) {
    delegate?.server(self, held: before, now: after)
  }

  func requested(_ exchange: HTTPExchange) { delegate?.server(self, requested: exchange) }

  func answer(upgrade request: HTTPRequest) -> UpgradeAnswer {
    delegate?.server(self, upgrade: request) ?? .refuse(HTTPResponse(status: 503))
  }

  func response(refusing error: RequestError) -> HTTPResponse {
    delegate?.server(self, refused: error) ?? HTTPResponse(status: error.status)
  }

  /// It is not displaced for newcomers.
  func isServing(_ connection: HTTPConnection) { connections.handshakes.leave(ObjectIdentifier(connection)) }

  func upgraded(_ request: HTTPConnection, to connection: WebSocketConnection) {
    connections.requesting[ObjectIdentifier(request)] = nil
    connections.handshakes.leave(ObjectIdentifier(request))
    connections.open[ObjectIdentifier(connection)] = connection
    // It is its client's, and no longer the proxy's.
    let network = request.client.network
    guard connection.network != network, shared.enters(from: connection.network, maximum: 0) else { return }
    shared.leaves(network: network)
  }

  func client(of head: HTTPHead, from peer: ClientAddress) throws(RequestError) -> ClientAddress {
    guard reception.trustedProxies.contains(peer) else { return peer }
    return try ForwardedClient.find(in: head.headers, behind: reception.trustedProxies) ?? peer
  }

  func proxied(_ connection: HTTPConnection, for client: ClientAddress) {
    let id = ObjectIdentifier(connection)
    connections.handshakes.leave(id)
    guard enters(from: client) else { return displace(id) }
    shared.leaves(network: connection.client.network)
    connection.client = client
    awaitRequest(of: connection)
  }

  func ended(_ connection: HTTPConnection) {
    // One that was displaced has left before.
    guard connections.requesting.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
    connections.handshakes.leave(ObjectIdentifier(connection))
    left(network: connection.client.network)
  }

  func ended(_ connection: WebSocketConnection) {
    connections.open[ObjectIdentifier(connection)] = nil
    left(network: connection.network)
  }
}
