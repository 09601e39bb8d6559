import IO
import Web

/// | path | answer |
/// |---|---|
/// | any, upgrade | each message, sent back |
/// | `/loops/N`, upgrade | moved to loop N before the first message; the numbers of both loops, and sizes |
/// | `POST /echo` | the body, in chunks as it comes |
/// | `GET /events?count=N` | N server-sent events, a hundredth of a second apart |
/// | `GET /file` | a static file with an entity tag |
final class EchoServer {
  private let loop: EventLoop
  private let index: Int
  private let loops: Int
  private var server: WebServer?
  private var listener: Listener?
  private let file = StaticFile(
    contentType: "text/plain", bytes: Array(String(repeating: "a line of text\n", count: 4096).utf8))

  static let largestMessageBytes = 64 << 20

  /// One of several on loops of their own behind one port, by its number.
  init(sharing port: SharedPort, as index: Int, of loops: Int, certificate: CertificateFiles?) throws {
    loop = try EventLoop()
    self.index = index
    self.loops = loops
    var reception = Reception()
    reception.certificate = certificate
    server = try WebServer(loop: loop, sharing: port, as: index, reception: reception, delegate: self)
  }

  /// Accepts connections for all of them, and raw TCP.
  func listen(port: Int) throws {
    try server?.listen(host: "127.0.0.1", port: port)
    let loop = loop
    listener = try Listener(loop: loop, host: "127.0.0.1", port: 0) { descriptor in
      TCPEcho(ByteStream(descriptor, on: loop)).begin()
    }
  }

  var port: Int { server?.port ?? 0 }
  var tcpPort: Int { listener?.port ?? 0 }

  /// Serves until `stop`.
  func run() { loop.run() }

  /// From any thread.
  func stop() {
    nonisolated(unsafe) let loop = loop
    loop.submit { loop.stop() }
  }

  func onSignal(_ number: Int32, _ action: @escaping () -> Void) { loop.onSignal(number, action) }
}

extension EchoServer: WebServerDelegate {
  func server(_ server: WebServer, requested exchange: HTTPExchange) {
    switch (exchange.request.method, exchange.request.path) {
    case ("POST", "/echo"), ("PUT", "/echo"): exchange.delegate = BodyEcho()
    case ("GET", "/events"), ("HEAD", "/events"):
      let count = exchange.request.query("count").flatMap { Int($0) } ?? 3
      exchange.delegate = EventSource(exchange, count: count, on: loop)
    case (_, "/file"): exchange.respond(file.response(to: exchange.request))
    default: exchange.respond(HTTPResponse(status: 404, contentType: "text/plain", body: Array("no such path\n".utf8)))
    }
  }

  func server(_ server: WebServer, upgrade request: HTTPRequest) -> UpgradeAnswer {
    let path = request.path.split(separator: "/")
    let target = path.count == 2 && path[0] == "loops" ? Int(path[1]) : nil
    let handler: any WebSocketHandler
    if let target {
      guard (0..<loops).contains(target) else {
        return .refuse(HTTPResponse(status: 404, contentType: "text/plain", body: Array("no such loop\n".utf8)))
      }
      handler = LoopEcho(on: index, leavingTo: (server, target))
    } else {
      handler = MessageEcho()
    }
    return .accept(
      WebSocketAcceptance(
        handler, subprotocol: request.subprotocols.first, maximumBinaryBytes: Self.largestMessageBytes,
        maximumTextBytes: Self.largestMessageBytes))
  }

  func server(_ server: WebServer, refused error: RequestError) -> HTTPResponse {
    HTTPResponse(
      status: error.status, contentType: "text/plain", body: Array("\(error.reason)\n".utf8), headers: error.headers)
  }

  func server(_ server: WebServer, notice: WebServer.Notice) {}
}

/// Moves a connection to another loop before its first message. Tells each loop that it is on, and the sizes of
/// messages.
private final class LoopEcho: WebSocketHandler {
  private let index: Int
  private let target: (server: WebServer, index: Int)?

  init(on index: Int, leavingTo target: (server: WebServer, index: Int)?) {
    self.index = index
    self.target = target
  }

  func opened(_ connection: WebSocketConnection) {
    guard let target else { return }
    // It is still held back when the connection leaves.
    connection.send(text: "from \(index)", mayWait: true)
    target.server.move(connection, to: target.index, handler: LoopEcho(on: target.index, leavingTo: nil))
  }

  func received(_ message: UnsafeRawBufferPointer, kind: MessageKind, on peer: WebSocketPeer) {
    peer.send(text: "on \(index): \(message.count)")
  }

  func failed(_ connection: WebSocketConnection, fault: ConnectionFault) { connection.drop() }
  func drained(_ connection: WebSocketConnection) {}
  func closed(_ connection: WebSocketConnection, code: Int?) {}
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
