import IO

/// What happens to a request that is not answered at once, on the loop's thread.
public protocol HTTPExchangeDelegate: AnyObject {
  /// A piece of the body. The bytes are valid during the call only.
  func exchange(_ exchange: HTTPExchange, received body: UnsafeRawBufferPointer)
  func exchangeBodyEnded(_ exchange: HTTPExchange)
  /// More than 64 KiB of the response were unsent, and now fewer are.
  func exchangeDrained(_ exchange: HTTPExchange)
  /// The connection ended before the response did. Nothing follows.
  func exchangeCancelled(_ exchange: HTTPExchange)
}

/// One request and its response: either a whole one (`respond`), or a head and pieces (`begin`, `write`, `end`), at
/// once or later.
public final class HTTPExchange {
  private enum Phase {
    case awaitingResponse
    case streaming(HTTPResponse.Framing)
    case over
  }

  public let request: HTTPRequest
  /// Set while the request is delivered, to take its body; a client that waits to be asked for it is asked then. A body
  /// that nobody takes ends the connection.
  public var delegate: (any HTTPExchangeDelegate)? { didSet { askForBody() } }
  /// Whether a client that sends nothing more is gone. Otherwise it may still read: the two look the same.
  public var endsWithInput = false
  /// Headers that every response to it has.
  public var headers: [HTTPResponse.Header] = []
  private weak var connection: HTTPConnection?
  private var phase = Phase.awaitingResponse
  private(set) var hasBodyEnded = false
  private var isBodyAsked = false

  init(_ request: HTTPRequest, on connection: HTTPConnection) {
    self.request = request
    self.connection = connection
  }

  var isOver: Bool { if case .over = phase { true } else { false } }

  /// Bytes of the response that the kernel has not taken. They have no limit: wait for `exchangeDrained`.
  public var unsentBytes: Int { connection?.stream.unsentBytes ?? 0 }

  /// Stops reading the body; TCP slows the client.
  public var isBodyPaused: Bool {
    get { connection?.stream.isReadingPaused ?? false }
    set { connection?.stream.isReadingPaused = newValue }
  }

  /// Sends a whole response.
  public func respond(_ response: HTTPResponse) {
    guard let connection, case .awaitingResponse = phase else { return }
    let keepAlive = keepsAlive
    var response = response
    response.headers += headers
    connection.stream.queue(copyOf: response.encoded(isHead: request.method == "HEAD", keepAlive: keepAlive))
    finish(keepAlive: keepAlive)
  }

  /// Sends the head of a response; the body follows in pieces. Has no effect after the first time.
  public func begin(_ response: HTTPResponse) {
    guard let connection, case .awaitingResponse = phase else { return }
    var response = response
    response.headers += headers
    let framing = request.isOldHTTP ? HTTPResponse.Framing.untilClose : .chunked
    connection.stream.queue(copyOf: response.encodedHead(framing, keepAlive: keepsAlive))
    phase = .streaming(framing)
  }

  /// Sends a piece of the body.
  public func write(_ bytes: [UInt8]) {
    guard let connection, case .streaming(let framing) = phase, !bytes.isEmpty, request.method != "HEAD" else { return }
    guard framing == .chunked else { return connection.stream.queue(copyOf: bytes) }
    connection.stream.queue(copyOf: Array((String(bytes.count, radix: 16) + "\r\n").utf8) + bytes + [13, 10])
  }

  /// The body is complete.
  public func end() {
    guard let connection, case .streaming(let framing) = phase else { return }
    if framing == .chunked, request.method != "HEAD" { connection.stream.queue(copyOf: Array("0\r\n\r\n".utf8)) }
    finish(keepAlive: keepsAlive && framing == .chunked)
  }

  /// The response will not be completed: cuts the connection, so that its reader does not take it for whole.
  public func abandon() {
    if case .over = phase { return }
    connection?.stream.drop()
  }

  private func askForBody() {
    guard delegate != nil, request.expectsContinue, request.hasBody, !hasBodyEnded, !isBodyAsked,
      case .awaitingResponse = phase
    else { return }
    isBodyAsked = true
    connection?.stream.queue(copyOf: Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
  }

  /// Whether the connection can carry another request, as far as is known.
  private var keepsAlive: Bool { request.keepsAlive && (hasBodyEnded || !request.hasBody || delegate != nil) }

  private func finish(keepAlive: Bool) {
    let keepAlive = keepAlive && (hasBodyEnded || !request.hasBody)
    phase = .over
    delegate = nil
    connection?.responded(keepAlive: keepAlive)
  }

  // MARK: From the connection

  func received(_ body: UnsafeRawBufferPointer) { delegate?.exchange(self, received: body) }

  func bodyEnded() {
    hasBodyEnded = true
    delegate?.exchangeBodyEnded(self)
  }

  func drained() { delegate?.exchangeDrained(self) }

  func cancelled() {
    phase = .over
    let delegate = delegate
    self.delegate = nil
    delegate?.exchangeCancelled(self)
  }
}
