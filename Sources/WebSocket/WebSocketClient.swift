public import IO

/// What a client connection tells its owner, all on the loop's thread.
public protocol WebSocketClientDelegate: AnyObject {
  func opened(_ connection: ClientConnection)
  /// One whole text message, valid UTF-8. The bytes are there during the call only.
  func received(_ connection: ClientConnection, text: UnsafeRawBufferPointer)
  /// It never opened. Nothing follows.
  func failed(_ connection: ClientConnection, error: WebSocketError)
  /// An opened connection has ended. `code`: the peer's close code, or ours if we closed first; nil when it was cut.
  func closed(_ connection: ClientConnection, code: Int?, reason: String)
  /// The outbox had held more than 64 KiB and holds less again.
  func drained(_ connection: ClientConnection)
}

/// Connections to servers, on one loop. For the loop's thread only. Keep it for as long as its connections are to live.
public final class WebSocketClient {
  let loop: EventLoop
  let flushList: FlushList
  let connectTimeout: Duration
  private let maximumMessageBytes: Int
  /// A file in PEM with the certificates that servers' must be signed by; nil: the system's. Set before the first
  /// `wss://`.
  public var authorities: String?
  /// Sent to servers as a bearer token from now on.
  public var token: String?
  private var plain: LibraryContext?
  /// Made when first needed: TLS costs a start-up some 20 ms.
  private var secure: LibraryContext?
  private var connections: [ObjectIdentifier: ClientConnection] = [:]
  private var isClosed = false

  /// - Parameter maximumMessageBytes: the largest message taken from a server.
  public init(loop: EventLoop, maximumMessageBytes: Int = 1 << 20, connectTimeout: Duration = .seconds(10)) {
    self.loop = loop
    self.maximumMessageBytes = maximumMessageBytes
    self.connectTimeout = connectTimeout
    flushList = FlushList(loop: loop, masking: true)
    loop.add(flushList)
  }

  deinit {
    for connection in connections.values { connection.orphan() }
    close()
  }

  /// Begins to connect; `opened` or `failed` follows, never before this returns.
  /// The delegate must live until then and until the connection has ended, or this is closed.
  /// A name is looked up here and now, which blocks the loop when it is not a local one.
  public func connect(to url: WebSocketURL, delegate: any WebSocketClientDelegate) -> ClientConnection {
    let connection = ClientConnection(
      client: self, delegate: delegate,
      assembly: MessageAssembly(maximumBinaryBytes: 0, maximumTextBytes: maximumMessageBytes))
    connections[ObjectIdentifier(connection)] = connection
    connection.begin(url)
    return connection
  }

  /// Ends everything at once. Each open connection is still told of as closed.
  public func close() {
    guard !isClosed else { return }
    isClosed = true
    loop.remove(flushList)
    plain?.destroy(on: loop)
    secure?.destroy(on: loop)
    plain = nil
    secure = nil
    for connection in connections.values { connection.ended() }
  }

  func context(for url: WebSocketURL) throws(WebSocketError) -> LibraryContext {
    if let context = url.secure ? secure : plain { return context }
    if url.secure, let authorities { try CertificateStore.check(authorities: authorities) }
    let context = try LibraryContext(connecting: self, secure: url.secure, authorities: authorities, on: loop)
    if url.secure { secure = context } else { plain = context }
    return context
  }

  func forget(_ connection: ClientConnection) {
    connections[ObjectIdentifier(connection)] = nil
  }
}
