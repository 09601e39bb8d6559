import IO

/// What happens to a request that is not answered at once, on the loop's thread.
public protocol HTTPExchangeDelegate: AnyObject {
  /// A piece of the body. The bytes are valid during the call only.
  func exchange(_ exchange: HTTPExchange, received body: UnsafeRawBufferPointer)
  func exchangeBodyEnded(_ exchange: HTTPExchange)
  /// The body will not come as a whole: it stands still (408), or is no HTTP. What is responded now is the response;
  /// without one it is the server's, and the exchange is cancelled.
  func exchange(_ exchange: HTTPExchange, failed error: RequestError)
  /// More than 64 KiB of the response were unsent, and now fewer are.
  func exchangeDrained(_ exchange: HTTPExchange)
  /// The connection ended before the response did. Nothing follows.
  func exchangeCancelled(_ exchange: HTTPExchange)
}

extension HTTPExchangeDelegate {
  public func exchange(_ exchange: HTTPExchange, failed error: RequestError) {}
}

/// One request and its response: either a whole one (`respond`), or a head and pieces (`begin`, `write`, `end`), at
/// once or later.
public final class HTTPExchange {
  private enum Phase {
    case awaitingResponse
    case streaming(HTTPResponse.Framing, keepAlive: Bool)
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

  /// The head of the response has been sent, and not its end.
  var hasBegun: Bool { if case .streaming = phase { true } else { false } }

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
    // The rest of the body may come before the end of the response.
    let keepAlive = (keepsAlive || request.keepsAlive && delegate != nil) && framing == .chunked
    connection.stream.queue(copyOf: response.encodedHead(framing, keepAlive: keepAlive))
    phase = .streaming(framing, keepAlive: keepAlive)
  }

  /// Sends a piece of the body.
  public func write(_ bytes: [UInt8]) {
    guard let connection, case .streaming(let framing, _) = phase, !bytes.isEmpty, request.method != "HEAD" else {
      return
    }
    guard framing == .chunked else { return connection.stream.queue(copyOf: bytes) }
    connection.stream.queue(copyOf: Array((String(bytes.count, radix: 16) + "\r\n").utf8) + bytes + [13, 10])
  }

  /// The body is complete.
  public func end() {
    guard let connection, case .streaming(let framing, let keepAlive) = phase else { return }
    if framing == .chunked, request.method != "HEAD" { connection.stream.queue(copyOf: Array("0\r\n\r\n".utf8)) }
    finish(keepAlive: keepAlive && keepsAlive)
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

  /// Whether the connection can carry another request: not if some of this one's body is still to come.
  private var keepsAlive: Bool { request.keepsAlive && (hasBodyEnded || !request.hasBody) }

  private func finish(keepAlive: Bool) {
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

  func failed(_ error: RequestError) { delegate?.exchange(self, failed: error) }

  func drained() { delegate?.exchangeDrained(self) }

  func cancelled() {
    phase = .over
    let delegate = delegate
    self.delegate = nil
    delegate?.exchangeCancelled(self)
  }
}
