public import IO

/// What a client connection reports to its owner, all on the loop's thread.
public protocol WebSocketClientDelegate: AnyObject {
  func opened(_ connection: ClientConnection)
  /// One whole text message, valid UTF-8. The bytes are valid during the call only.
  func received(_ connection: ClientConnection, text: UnsafeRawBufferPointer)
  /// One whole binary message. Without an implementation it is refused.
  func received(_ connection: ClientConnection, binary: UnsafeRawBufferPointer)
  /// It never opened. Nothing follows.
  func failed(_ connection: ClientConnection, error: WebSocketError)
  /// An opened connection has ended. `code`: the peer's close code, or ours if we closed first; nil if it was cut.
  func closed(_ connection: ClientConnection, code: Int?, reason: String)
  /// More than 64 KiB were unsent, and now fewer are.
  func drained(_ connection: ClientConnection)
}

extension WebSocketClientDelegate {
  public func received(_ connection: ClientConnection, binary: UnsafeRawBufferPointer) {
    connection.close(code: 1003, reason: "binary messages are not expected")
  }
}

/// Connections to servers, on one loop. For the loop's thread only. Keep it for as long as its connections are to live.
public final class WebSocketClient {
  let loop: EventLoop
  let masks = MaskSource()
  let connectTimeout: Duration
  private let maximumMessageBytes: Int
  private let proxies: ProxySettings?
  /// A file in PEM with the certificates that servers' must be signed by; nil: the system's. Set before the first
  /// `wss://`.
  public var authorities: String?
  /// The Unix socket through which servers are reached from now on; nil: their hosts and ports.
  public var socket: String?
  /// Sent to servers as a bearer token from now on.
  public var token: String?
  /// Made when first needed: the system's certificates take some 20 ms to load.
  private var tls: TLSContext?
  private var connections: [ObjectIdentifier: ClientConnection] = [:]

  /// - Parameters:
  ///   - maximumMessageBytes: the largest message taken from a server.
  ///   - proxies: nil: servers are reached directly.
  public init(
    loop: EventLoop, maximumMessageBytes: Int = 1 << 20, connectTimeout: Duration = .seconds(10),
    proxies: ProxySettings? = nil
  ) {
    self.loop = loop
    self.maximumMessageBytes = maximumMessageBytes
    self.connectTimeout = connectTimeout
    self.proxies = proxies
  }

  deinit { for connection in connections.values { connection.orphan() } }

  /// Begins to connect; `opened` or `failed` follows, never before this returns.
  /// The delegate must live until then and until the connection has ended, or this is closed.
  public func connect(to url: WebSocketURL, delegate: any WebSocketClientDelegate) -> ClientConnection {
    let connection = ClientConnection(client: self, delegate: delegate, maximumMessageBytes: maximumMessageBytes)
    connections[ObjectIdentifier(connection)] = connection
    connection.begin(url)
    return connection
  }

  /// Ends everything. Each open connection is still reported as closed, at the end of the round.
  public func close() {
    for connection in Array(connections.values) { connection.drop() }
  }

  func plan(for url: WebSocketURL) throws(WebSocketError) -> ClientHandshake.Plan {
    let headers = token.map { [HTTPResponse.Header("Authorization", "Bearer \($0)")] } ?? []
    return ClientHandshake.Plan(
      url: url, socket: socket, proxy: socket == nil ? try proxies?.proxy(for: url) : nil,
      tls: url.secure ? try secureContext() : nil, headers: headers)
  }

  private func secureContext() throws(WebSocketError) -> TLSContext {
    if let tls { return tls }
    do throws(IOError) {
      let context = try TLSContext(trusting: authorities)
      tls = context
      return context
    } catch {
      throw .io(error)
    }
  }

  func forget(_ connection: ClientConnection) { connections[ObjectIdentifier(connection)] = nil }
}
