import IO
import Web

/// | path | answer |
/// |---|---|
/// | any, upgrade | each message, sent back |
/// | `POST /echo` | the body, in chunks as it comes |
/// | `GET /events?count=N` | N server-sent events, a hundredth of a second apart |
/// | `GET /file` | a static file with an entity tag |
final class EchoServer {
  private let loop: EventLoop
  private var server: WebServer?
  private var listener: Listener?
  private let file = StaticFile(
    contentType: "text/plain", bytes: Array(String(repeating: "a line of text\n", count: 4096).utf8))

  static let largestMessageBytes = 64 << 20

  init(port: Int, certificate: CertificateFiles?, on loop: EventLoop) throws {
    self.loop = loop
    var reception = Reception()
    reception.certificate = certificate
    server = try WebServer(loop: loop, host: "127.0.0.1", port: port, reception: reception, delegate: self)
    listener = try Listener(loop: loop, host: "127.0.0.1", port: 0) { descriptor in
      TCPEcho(ByteStream(descriptor, on: loop)).begin()
    }
  }

  var port: Int { server?.port ?? 0 }
  var tcpPort: Int { listener?.port ?? 0 }
}

extension EchoServer: WebServerDelegate {
  func server(_ server: WebServer, requested exchange: HTTPExchange) {
    switch (exchange.request.method, exchange.request.path) {
    case ("POST", "/echo"), ("PUT", "/echo"): exchange.delegate = BodyEcho()
    case ("GET", "/events"):
      let count = exchange.request.query("count").flatMap { Int($0) } ?? 3
      exchange.delegate = EventSource(exchange, count: count, on: loop)
    case (_, "/file"): exchange.respond(file.response(to: exchange.request))
    default: exchange.respond(HTTPResponse(status: 404, contentType: "text/plain", body: Array("no such path\n".utf8)))
    }
  }

  func server(_ server: WebServer, upgrade request: HTTPRequest) -> UpgradeAnswer {
    .accept(
      WebSocketAcceptance(
        MessageEcho(), subprotocol: request.subprotocols.first, maximumBinaryBytes: Self.largestMessageBytes,
        maximumTextBytes: Self.largestMessageBytes))
  }

  func server(_ server: WebServer, refused error: RequestError) -> HTTPResponse {
    HTTPResponse(
      status: error.status, contentType: "text/plain", body: Array("\(error.reason)\n".utf8), headers: error.headers)
  }

  func server(_ server: WebServer, notice: WebServer.Notice) {}
}

/// Sends each message back.
private final class MessageEcho: WebSocketHandler {
  /// With more than this unread, the peer is not read either.
  private static let mostUnsentBytes = 8 << 20

  func opened(_ connection: WebSocketConnection) {}

  func received(_ message: UnsafeRawBufferPointer, kind: MessageKind, on peer: WebSocketPeer) {
    switch kind {
    case .text: peer.send(text: message)
    case .binary: peer.send(binary: message)
    }
    if peer.unsentBytes > Self.mostUnsentBytes { peer.pauseReading() }
  }

  func failed(_ connection: WebSocketConnection, fault: ConnectionFault) {
    switch fault {
    case .messageTooLarge: connection.close(code: 1009, reason: "message too large")
    case .invalidUTF8: connection.close(code: 1007, reason: "text must be UTF-8")
    case .slowReader: connection.close(code: 1013, reason: "replies not read")
    case .memoryShort: connection.close(code: 1013, reason: "memory is short")
    }
  }

  func drained(_ connection: WebSocketConnection) { connection.resumeReading() }
  func closed(_ connection: WebSocketConnection, code: Int?) {}
}

/// Sends a body back while it comes.
private final class BodyEcho: HTTPExchangeDelegate {
  private static let mostUnsentBytes = 1 << 20

  private func begin(_ exchange: HTTPExchange) {
    exchange.begin(HTTPResponse(status: 200, contentType: exchange.request.header("content-type") ?? "text/plain"))
  }

  func exchange(_ exchange: HTTPExchange, received body: UnsafeRawBufferPointer) {
    begin(exchange)
    exchange.write(Array(body))
    if exchange.unsentBytes > Self.mostUnsentBytes { exchange.isBodyPaused = true }
  }

  func exchangeBodyEnded(_ exchange: HTTPExchange) {
    begin(exchange)
    exchange.end()
  }

  func exchangeDrained(_ exchange: HTTPExchange) { exchange.isBodyPaused = false }
  func exchangeCancelled(_ exchange: HTTPExchange) {}
}

/// Server-sent events.
private final class EventSource: HTTPExchangeDelegate {
  private var timer: LoopTimer?
  private var sent = 0

  init(_ exchange: HTTPExchange, count: Int, on loop: EventLoop) {
    exchange.begin(
      HTTPResponse(status: 200, contentType: "text/event-stream", headers: [.init("cache-control", "no-store")]))
    timer = loop.after(.zero, repeating: .milliseconds(10)) { [unowned self] in send(count, on: exchange) }
  }

  private func send(_ count: Int, on exchange: HTTPExchange) {
    guard sent < count else {
      timer?.cancel()
      return exchange.end()
    }
    sent += 1
    exchange.write(Array("event: count\ndata: {\"n\":\(sent)}\n\n".utf8))
  }

  func exchange(_ exchange: HTTPExchange, received body: UnsafeRawBufferPointer) {}
  func exchangeBodyEnded(_ exchange: HTTPExchange) {}
  func exchangeDrained(_ exchange: HTTPExchange) {}
  func exchangeCancelled(_ exchange: HTTPExchange) { timer?.cancel() }
}

/// Raw TCP, to the end of the peer's side.
private final class TCPEcho: ByteStreamDelegate {
  private static let mostUnsentBytes = 1 << 20
  private let stream: ByteStream

  init(_ stream: ByteStream) { self.stream = stream }
  func begin() { stream.delegate = self }

  func stream(_ stream: ByteStream, received bytes: UnsafeMutableRawBufferPointer) {
    stream.queue(copyOf: UnsafeRawBufferPointer(bytes))
    if stream.unsentBytes > Self.mostUnsentBytes { stream.isReadingPaused = true }
  }

  func streamInputEnded(_ stream: ByteStream) { stream.finish() }
  func streamDrained(_ stream: ByteStream) { stream.isReadingPaused = false }
  func stream(_ stream: ByteStream, ended: StreamEnd) {}
}
