/// What a server asks and tells its owner, all on the loop's thread.
public protocol WebSocketServerDelegate: AnyObject {
  /// A plain HTTP request.
  func server(_ server: WebSocketServer, request: HTTPRequest) -> HTTPResponse
  /// A well-formed request to open a WebSocket.
  func server(_ server: WebSocketServer, upgrade: HTTPRequest) -> UpgradeAnswer
  func server(_ server: WebSocketServer, opened: WebSocketConnection)
  /// One whole message; text is valid UTF-8. The bytes are there during the call only.
  func server(
    _ server: WebSocketServer, connection: WebSocketConnection, received: UnsafeRawBufferPointer, kind: MessageKind)
  /// An opened connection has ended. `code`: the peer's close code, or ours if we closed first; nil when it was cut.
  func server(_ server: WebSocketServer, closed: WebSocketConnection, code: Int?)
}

/// HTTP and WebSocket on one port, on one loop. For the loop's thread only.
///
/// The library parses and closes; listening is ours, and so is writing: every connection's replies of a round go out in one piece.
public final class WebSocketServer {
  /// How patient a server is. The defaults suit peers that stream.
  public struct Patience: Equatable, Sendable {
    /// A peer silent for so long is sent a ping.
    public var idleBeforePing = Duration.seconds(30)
    /// A peer silent for so long after that is dropped. One whose reading is paused is not looked at.
    public var pingUnanswered = Duration.seconds(30)
    /// From `close` to the end, whatever is still unsent.
    public var closing = Duration.seconds(10)
    public init() {}
  }

  public let port: Int
  public let host: String
  // Not weak: a weak reference puts every retain of its object, two a message, on the slow path (6 % of the time).
  unowned let delegate: any WebSocketServerDelegate
  let loop: EventLoop
  let flushList: FlushList
  private let maximumMessageBytes: Int
  private let maximumTextBytes: Int
  private let patience: Patience
  private var listener: Listener?
  private var library: LibraryContext?
  private var connections: [ObjectIdentifier: WebSocketConnection] = [:]
  private var sweeper: LoopTimer?
  private var isGone = false

  /// Listens at once. `localhost` is both loopback addresses, `::` IPv4 as well; port 0 takes a free one.
  /// The delegate must live until `close`, or until the server goes.
  public init(
    loop: EventLoop, host: String, port: Int, maximumMessageBytes: Int, maximumTextBytes: Int,
    patience: Patience = Patience(), delegate: any WebSocketServerDelegate
  ) throws(WebSocketError) {
    self.loop = loop
    self.host = host
    self.delegate = delegate
    self.maximumMessageBytes = maximumMessageBytes
    self.maximumTextBytes = maximumTextBytes
    self.patience = patience
    flushList = FlushList(loop: loop, masking: false)
    let accepted = Accepted()
    let listener = try Listener(loop: loop, host: host, port: port) { accepted.server?.library?.adopt($0) }
    self.port = listener.port
    self.listener = listener
    library = try LibraryContext(serving: self, on: loop)
    accepted.server = self
    loop.add(flushList)
    sweeper = loop.after(.seconds(1), repeating: .seconds(1)) { [unowned self] in self.sweep() }
  }

  /// The listener exists before its server does.
  private final class Accepted {
    unowned var server: WebSocketServer?
  }

  deinit {
    // The delegate may be going too, and this with it: it is told nothing more.
    isGone = true
    close()
  }

  /// Open WebSockets.
  public var connectionCount: Int { connections.values.count { $0.socket != nil } }

  /// Closes the listening socket; what is open goes on.
  public func stopAccepting() {
    listener?.close()
    listener = nil
  }

  /// Ends everything at once. Each open connection is still told of as closed.
  public func close() {
    stopAccepting()
    sweeper?.cancel()
    sweeper = nil
    loop.remove(flushList)
    library?.destroy(on: loop)
    library = nil
  }

  // MARK: - From the library

  func answer(_ request: HTTPRequest) -> HTTPResponse {
    delegate.server(self, request: request)
  }

  /// What becomes of an upgrade: the connection, which is not open yet, or an answer.
  func admit(_ request: HTTPRequest) -> Result<WebSocketConnection, Refusal> {
    if let response = Handshake.refusal(of: request) { return .failure(Refusal(response: response)) }
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
    delegate.server(self, opened: connection)
  }

  /// The library will not speak of it again. Also for one whose handshake failed after it was admitted.
  func ended(_ connection: WebSocketConnection) {
    guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
    connection.detach()
    if connection.wasOpened && !isGone { delegate.server(self, closed: connection, code: connection.closeCode) }
    connection.onDrained = nil
  }

  // MARK: - Once a second

  private func sweep() {
    for connection in connections.values {
      connection.checkPatience(patience, now: loop.now)
    }
  }
}
