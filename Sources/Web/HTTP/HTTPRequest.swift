/// The head of an HTTP request.
public struct HTTPRequest: Equatable, Sendable {
  public struct QueryItem: Equatable, Sendable {
    public var name: String
    /// Empty for `?name` and `?name=` alike.
    public var value: String
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// In capitals: `GET`.
  public var method: String
  /// Without the query, percent-decoded, `.` and `..` resolved: it begins with `/`.
  public var path: String
  /// In the order they came, percent-decoded.
  public var query: [QueryItem]
  /// The address and port it came from: `127.0.0.1:53312`, `[::1]:53312`.
  public var peer: String
  /// What limits count by: the IPv4 address, or the /64 of an IPv6 one, which is what one customer gets.
  public var network: String
  /// HTTP/1.0.
  public var isOldHTTP = false
  public var headers: HTTPHeaders

  public init(
    method: String, path: String, query: [QueryItem] = [], headers: [(name: String, value: String)] = [],
    peer: String = "", network: String = ""
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = HTTPHeaders(headers)
    self.peer = peer
    self.network = network
  }

  /// Headers whose meaning depends on the reader if there are two of them.
  private static let single = ["host", "authorization", "origin", "sec-websocket-key", "sec-websocket-version"]

  /// What a parser has read.
  /// - Throws: the refusal of a request that is well-formed and can't be served.
  init(_ head: HTTPHead, peer: String, network: String) throws(RequestError) {
    do throws(RequestError) {
      try self.init(valid: head, peer: peer, network: network)
    } catch {
      var error = error
      error.path = String(head.target.prefix { $0 != "?" })
      throw error
    }
  }

  private init(valid head: HTTPHead, peer: String, network: String) throws(RequestError) {
    guard head.target.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw RequestError(400, "Malformed request line: expected method, target and version")
    }
    guard head.major == 1 else { throw RequestError(505, "Unsupported HTTP version: expected 1.1 or 1.0") }
    method = head.method
    let target = try RequestTarget(head.target[...])
    path = target.path
    query = target.query
    headers = head.headers
    self.peer = peer
    self.network = network
    isOldHTTP = head.minor == 0
    guard headers.lines.allSatisfy({ HTTPHeaders.isToken($0.name) }) else {
      throw RequestError(400, "Malformed header: expected name, colon and value")
    }
    for name in Self.single where headers.lines.count(where: { $0.name == name }) > 1 {
      throw RequestError(400, "Duplicate header")
    }
    try checkHost()
    try checkFraming()
  }

  private func checkHost() throws(RequestError) {
    guard let host = headers["host"] else {
      guard isOldHTTP else { throw RequestError(400, "Host header missing") }
      return
    }
    guard HostHeader.isValid(host) || isOldHTTP && host.isEmpty else {
      throw RequestError(400, "Host: expected a name or an address, and perhaps a port")
    }
  }

  /// Two readers must not see two lengths of a body (RFC 9112, 6.1): llhttp lets some of these pass.
  private func checkFraming() throws(RequestError) {
    let codings = headers.lines.filter { $0.name == "transfer-encoding" }
    guard !codings.isEmpty else { return }
    guard headers["content-length"] == nil else {
      throw RequestError(400, "Content-Length beside Transfer-Encoding: expected one of them")
    }
    guard !isOldHTTP else { throw RequestError(400, "Transfer-Encoding: expected HTTP/1.1 for it") }
    guard codings.count == 1, codings[0].value.lowercased() == "chunked" else {
      let isUnknown = headers.items("transfer-encoding").contains { $0.lowercased() != "chunked" }
      throw RequestError(isUnknown ? 501 : 400, "Unsupported Transfer-Encoding: expected chunked")
    }
  }

  /// Whether a body follows the head.
  public var hasBody: Bool {
    header("transfer-encoding") != nil || header("content-length").map { Int($0) != 0 } ?? false
  }

  /// The first header of that name, whatever its case.
  public func header(_ name: String) -> String? { headers[name] }

  /// The last query item of that name.
  public func query(_ name: String) -> String? { query.last { $0.name == name }?.value }

  /// The subprotocols that a client offers when it opens a WebSocket.
  public var subprotocols: [String] { headers.items("sec-websocket-protocol") }

  /// Whether another request may follow on the connection.
  public var keepsAlive: Bool { !isOldHTTP && !headers.mentions("close", in: "connection") }

  /// Whether the client waits to be asked for the body.
  public var expectsContinue: Bool { !isOldHTTP && header("expect")?.lowercased() == "100-continue" }
}
