import Glibc
public import IO
public import Web

/// What a server asks and tells its owner, all on the loop's thread.
public protocol WebSocketServerDelegate: AnyObject {
  /// A plain HTTP request.
  func server(_ server: WebSocketServer, request: HTTPRequest) -> HTTPResponse
  /// A well-formed request to open a WebSocket.
  func server(_ server: WebSocketServer, upgrade: HTTPRequest) -> UpgradeAnswer
  /// The answer to a request that is refused before it is asked for.
  func server(_ server: WebSocketServer, refused: RequestError) -> HTTPResponse
  func server(_ server: WebSocketServer, opened: WebSocketConnection)
  /// One whole message; text is valid UTF-8. The bytes are there during the call only.
  func server(
    _ server: WebSocketServer, connection: WebSocketConnection, received: UnsafeRawBufferPointer, kind: MessageKind)
  /// The peer has to be closed for this; the delegate says so to it and closes.
  func server(_ server: WebSocketServer, connection: WebSocketConnection, failed: ConnectionFault)
  /// What the peer had not read was more than 64 KiB and is less again.
  func server(_ server: WebSocketServer, drained: WebSocketConnection)
  /// An opened connection has ended. `code`: the peer's close code, or ours if we closed first; nil when it was cut.
  func server(_ server: WebSocketServer, closed: WebSocketConnection, code: Int?)
}

/// HTTP and WebSocket on one port, on one loop; with a `SharedPort` several on one port, each on its own loop. For the
/// loop's thread only.
///
/// The library parses and closes; listening is ours, and so is writing: every connection's replies of a round go out in
/// one piece.
public final class WebSocketServer {
  /// How patient a server is. The defaults suit peers that stream.
  public struct Patience: Equatable, Sendable {
    /// A peer silent for so long is sent a ping.
    public var idleBeforePing = Duration.seconds(30)
    /// A peer silent for so long after that is dropped. One whose reading is paused is not looked at.
    public var pingUnanswered = Duration.seconds(30)
    /// A peer that takes nothing of what is sent to it for so long is closed with 1013.
    public var slowReader = Duration.seconds(60)
    /// From `close` to the end, whatever is still unsent.
    public var closing = Duration.seconds(10)
    /// The same for a peer that broke the protocol: long enough to read why.
    public var failing = Duration.seconds(1)
    public init() {}
  }

  /// 0 where it does not listen.
  public private(set) var port = 0
  // Not weak: a weak reference puts every retain of its object, two a message, on the slow path (6 % of the time).
  unowned let delegate: any WebSocketServerDelegate
  let loop: EventLoop
  let flushList: FlushList
  private let maximumMessageBytes: Int
  private let maximumTextBytes: Int
  private let patience: Patience
  let reception: Reception
  /// Set by the library when it makes TLS for this server.
  var certificates: CertificateStore?
  private let lingering: LingeringSockets
  private var inspections: [ObjectIdentifier: Inspection] = [:]
  private let shared: SharedPort
  private var member: SharedPort.Member?
  /// Closed unheard since that was last told.
  private var turnedAway = 0
  private var listener: Listener?
  private var library: LibraryContext?
  private var connections: [ObjectIdentifier: WebSocketConnection] = [:]
  private var sweeper: LoopTimer?
  private var isGone = false

  /// Listens at once. `localhost` is both loopback addresses, `::` IPv4 as well; port 0 takes a free one.
  /// The delegate must live until `close`, or until the server goes.
  public convenience init(
    loop: EventLoop, host: String, port: Int, maximumMessageBytes: Int, maximumTextBytes: Int,
    patience: Patience = Patience(), reception: Reception = Reception(), delegate: any WebSocketServerDelegate
  ) throws(WebSocketError) {
    try self.init(
      loop: loop, sharing: SharedPort(), maximumMessageBytes: maximumMessageBytes, maximumTextBytes: maximumTextBytes,
      patience: patience, reception: reception, delegate: delegate)
    try listen(host: host, port: port)
  }

  /// One of several on loops of their own that share a port, by its number from 0: when all are there one of them is to
  /// `listen`. What `reception` allows of connections from one network counts for all of them together, the rest for
  /// each.
  public init(
    loop: EventLoop, sharing shared: SharedPort, as index: Int = 0, maximumMessageBytes: Int, maximumTextBytes: Int,
    patience: Patience = Patience(), reception: Reception = Reception(), delegate: any WebSocketServerDelegate
  ) throws(WebSocketError) {
    self.loop = loop
    self.shared = shared
    self.delegate = delegate
    self.maximumMessageBytes = maximumMessageBytes
    self.maximumTextBytes = maximumTextBytes
    self.patience = patience
    self.reception = reception
    lingering = LingeringSockets(loop: loop)
    guard ReadTap.works else {
      throw .library(call: "recv", reason: "the program was linked so that its own is not the one called")
    }
    flushList = FlushList(loop: loop, masking: false)
    library = try LibraryContext(serving: self, on: loop)
    if let files = reception.certificate { try certificates?.load(files) }
    member = shared.join(self, as: index)
    loop.add(flushList)
    sweeper = loop.after(.seconds(1), repeating: .seconds(1)) { [unowned self] in self.sweep() }
  }

  /// Accepts connections for all servers that share its port.
  public func listen(host: String, port: Int) throws(WebSocketError) {
    let listener = try Listener(loop: loop, host: host, port: port) { [unowned self] in self.accept($0) }
    self.port = listener.port
    self.listener = listener
  }

  deinit {
    // The delegate may be going too, and this with it: it is told nothing more.
    isGone = true
    close()
  }

  /// Open WebSockets.
  public var connectionCount: Int { connections.values.count { $0.socket != nil } }

  /// Whether only this machine can reach it.
  public var isOnLoopback: Bool { listener?.isOnLoopback ?? true }

  /// Reads the certificate and its key from their files again; if they can't be used, the old ones stay. Open
  /// connections go on.
  public func renewCertificate() throws(WebSocketError) {
    if let files = reception.certificate { try certificates?.load(files) }
  }

  /// Closes the listening socket; what is open goes on.
  public func stopAccepting() {
    listener?.close()
    listener = nil
  }

  /// Ends everything at once. Each open connection is still told of as closed.
  public func close() {
    stopAccepting()
    member?.server = nil
    sweeper?.cancel()
    sweeper = nil
    loop.remove(flushList)
    library?.destroy(on: loop)
    library = nil
    lingering.close()
  }

  // MARK: - From the listener

  /// For the server on the loop with the fewest connections.
  func accept(_ descriptor: Int32) {
    guard let member else { preconditionFailure("a server listens when it has joined its port") }
    shared.place(descriptor, from: member)
  }

  func receive(_ descriptor: Int32) {
    let address = SocketAddress(peerOf: descriptor)
    let inspection = Inspection(descriptor: descriptor, address: address, server: self)
    let isSpared = reception.sparesLoopback && address?.isLoopback == true
    guard let library, inspections.count - connections.count < reception.maximumRequesting,
      shared.enters(from: inspection.network, maximum: isSpared ? 0 : reception.maximumPerNetwork)
    else {
      turnedAway += 1
      left(network: nil)
      Glibc.close(descriptor)
      return
    }
    inspections[ObjectIdentifier(inspection)] = inspection
    inspection.begin()
    if !library.adopt(inspection) { gone(inspection) }
  }

  /// Has the library look for more on a connection of which no event will tell; not now, as this is called from its
  /// read.
  func readAgain(_ inspection: Inspection, attempts: Int = 5) {
    inspection.isReadWanted = true
    loop.after(.zero) { [weak self, weak inspection] in
      guard let self, let inspection, self.inspections[ObjectIdentifier(inspection)] != nil else { return }
      self.library?.readAgain(inspection.descriptor)
      // Between two requests the library waits until it can write before it reads.
      if inspection.isReadWanted, attempts > 0 { self.readAgain(inspection, attempts: attempts - 1) }
    }
  }

  // MARK: - From the library

  /// A request that does not ask for a WebSocket, or that can't be taken.
  /// - Returns: what the library's callback returns.
  func answer(on socket: LibrarySocket) -> Int32 {
    guard let inspection = socket.inspection else { return -1 }
    switch inspection.intent {
    case .plain(let request):
      let response = delegate.server(self, request: request)
      let isHead = request.method == "HEAD"
      guard request.keepsAlive else { return end(with: response, isHead: isHead, on: socket) }
      let result = socket.answer(response, isHead: isHead, keepAlive: true)
      inspection.answered()
      return result
    case .refuse(let error): return end(with: delegate.server(self, refused: error), on: socket)
    case .upgrade, nil: return -1
    }
  }

  /// The last answer on a connection.
  func end(with response: HTTPResponse, isHead: Bool = false, on socket: LibrarySocket) -> Int32 {
    lingering.keep(socket.descriptor)
    return socket.answer(response, isHead: isHead, keepAlive: false)
  }

  /// What becomes of an upgrade: the connection, which is not open yet, or an answer.
  func admit(_ inspection: Inspection?) -> Result<WebSocketConnection, Refusal> {
    guard case .upgrade(let request)? = inspection?.intent else {
      preconditionFailure("the library is asked for a WebSocket only when a client has asked for one")
    }
    switch delegate.server(self, upgrade: request) {
    case .refuse(let response): return .failure(Refusal(response: response))
    case .accept(let context):
      let connection = WebSocketConnection(
        server: self, peer: request.peer, context: context,
        assembly: MessageAssembly(maximumBinaryBytes: maximumMessageBytes, maximumTextBytes: maximumTextBytes))
      connections[ObjectIdentifier(connection)] = connection
      return .success(connection)
    }
  }

  struct Refusal: Error {
    var response: HTTPResponse
  }

  func opened(_ connection: WebSocketConnection, socket: LibrarySocket) {
    connection.socket = socket
    connection.isOpen = true
    connection.wasOpened = true
    socket.inspection?.upgraded(connection)
    delegate.server(self, opened: connection)
  }

  /// The library will not speak of it again. Also for one whose handshake failed after it was admitted.
  func ended(_ connection: WebSocketConnection) {
    guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
    connection.detach()
    if connection.wasOpened && !isGone { delegate.server(self, closed: connection, code: connection.closeCode) }
  }

  /// The library will not read from it again.
  func gone(_ inspection: Inspection) {
    guard inspections.removeValue(forKey: ObjectIdentifier(inspection)) != nil else { return }
    inspection.end()
    left(network: inspection.network)
  }

  private func left(network: String?) {
    if let member { shared.leaves(member, network: network) }
  }

  // MARK: - Once a second

  private func sweep() {
    for inspection in inspections.values where inspection.isRequesting { hurry(inspection) }
    if turnedAway > 0 {
      WebSocketLog.write(.warning, "rejected \(turnedAway) connections: limit reached")
      turnedAway = 0
    }
    for connection in connections.values {
      connection.checkPatience(patience, now: loop.now)
    }
  }

  /// Ends what is slow to say what it wants, or to take its answer.
  private func hurry(_ inspection: Inspection) {
    let waited = loop.now - inspection.awaitingSince
    guard waited >= reception.handshake else { return }
    if inspection.isAwaitingHead && inspection.hasBegunHead {
      inspection.refuse(RequestError(408, "Request not complete in time"))
      library?.readAgain(inspection.descriptor)
    } else if inspection.isAwaitingHead || waited >= reception.handshake * 2 {
      LibraryContext.shutDown(inspection.descriptor)
    }
  }
}
