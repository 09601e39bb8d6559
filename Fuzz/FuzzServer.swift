import CLinux
import Dialects
import Glibc
import IO

@testable import Web

/// A server in this process, whose connections are pairs of sockets: what goes in one end goes through the product's
/// connections.
final class FuzzServer: WebServerDelegate {
  // libFuzzer has one thread.
  nonisolated(unsafe) static let shared = FuzzServer()

  private let loop: EventLoop
  private var server: WebServer?
  private var pieces: ArraySlice<UnsafeRawBufferPointer> = []
  private var peer: Int32 = -1
  private var heard: [UInt8] = []
  private var open = 0 { didSet { require(open >= 0, "A connection was closed twice.") } }

  private init() {
    do {
      loop = try EventLoop()
      server = try WebServer(loop: loop, host: "127.0.0.1", port: 0, delegate: self)
    } catch {
      preconditionFailure("no server: \(error)")
    }
    loop.onRoundEnd { [unowned self] in self.sendNext() }
  }

  /// Sends the pieces, each in a round of the loop, then the end; gives what came back until the server had ended too.
  func exchange(_ pieces: [UnsafeRawBufferPointer]) -> [UInt8] {
    var ends: [Int32] = [-1, -1]
    require(
      socketpair(AF_UNIX, nonblocking_stream_socket(), 0, &ends) == 0,
      "no pair of sockets: \(errno)")
    peer = ends[0]
    self.pieces = pieces[...]
    heard = []
    let watch = loop.watch(descriptor: peer, readable: { [unowned self] in self.hear() })
    let patience = loop.after(.seconds(20)) { preconditionFailure("A connection outlives its peer.") }
    server?.accept(ends[1])
    loop.run()
    patience.cancel()
    watch.cancel()
    close(peer)
    peer = -1
    // The server sees that in one of the next rounds.
    for _ in 0..<10 where open > 0 {
      loop.after(.zero) { [unowned self] in loop.stop() }
      loop.run()
    }
    require(open == 0, "A connection that has ended was not told of.")
    return heard
  }

  private func sendNext() {
    guard peer >= 0 else { return }
    guard let piece = pieces.popFirst() else {
      shutdown(peer, Int32(SHUT_WR))
      return
    }
    // A server that has hung up takes no more.
    if send(peer, piece.baseAddress, piece.count, Int32(truncatingIfNeeded: MSG_NOSIGNAL)) != piece.count {
      pieces = []
    }
  }

  private func hear() {
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      let count = read(peer, &buffer, buffer.count)
      if count > 0 {
        heard += buffer[..<count]
      } else if count == 0 || errno != EAGAIN {
        return loop.stop()
      } else {
        return
      }
    }
  }

  func server(_ server: WebServer, requested exchange: HTTPExchange) {
    let request = exchange.request
    requireLegal(request)
    if ["POST", "PUT"].contains(request.method) {
      exchange.delegate = self
    } else if request.path == "/pieces" {
      begin(exchange)
      exchange.write(Array("a piece".utf8))
      exchange.end()
    } else {
      exchange.respond(
        HTTPResponse(status: 200, json: #"{"status":"ok"}"#, headers: [.init("x-path", request.path)]))
    }
  }

  func server(_ server: WebServer, upgrade: HTTPRequest) -> UpgradeAnswer {
    requireLegal(upgrade)
    return upgrade.path == "/no"
      ? .refuse(HTTPResponse(status: 404, json: "{}"))
      : .accept(WebSocketAcceptance(self, maximumBinaryBytes: 2000, maximumTextBytes: 500))
  }

  func server(_ server: WebServer, notice: WebServer.Notice) {}

  private func requireLegal(_ request: HTTPRequest) {
    require(request.path.hasPrefix("/"), "A path does not begin with a slash: \(request.path)")
    require(!request.path.split(separator: "/").contains(".."), "A path leads upwards: \(request.path)")
  }

  func server(_ server: WebServer, refused error: RequestError) -> HTTPResponse {
    NativeDialect.rejection(.malformed(status: error.status, reason: error.reason, headers: error.headers)).response
  }
}

/// `POST` is answered when its body has come, `PUT` with its body, piece by piece.
extension FuzzServer: HTTPExchangeDelegate {
  private func begin(_ exchange: HTTPExchange) {
    exchange.begin(HTTPResponse(status: 200, contentType: "text/plain"))
  }

  func exchange(_ exchange: HTTPExchange, received body: UnsafeRawBufferPointer) {
    guard exchange.request.method == "PUT" else { return }
    begin(exchange)
    exchange.write(Array(body))
  }

  func exchangeBodyEnded(_ exchange: HTTPExchange) {
    guard exchange.request.method == "PUT" else { return exchange.respond(HTTPResponse(status: 200, json: "{}")) }
    begin(exchange)
    exchange.end()
  }

  func exchangeDrained(_ exchange: HTTPExchange) {}
  func exchangeCancelled(_ exchange: HTTPExchange) {}
}

extension FuzzServer: WebSocketHandler {
  func opened(_ connection: WebSocketConnection) { open += 1 }
  func failed(_ connection: WebSocketConnection, fault: ConnectionFault) {
    connection.send(text: "{}")
    connection.close(code: 1008, reason: "fault")
  }
  func drained(_ connection: WebSocketConnection) {}
  func closed(_ connection: WebSocketConnection, code: Int?) { open -= 1 }
  func received(_ bytes: UnsafeRawBufferPointer, kind: MessageKind, on peer: WebSocketPeer) {
    require(bytes.count <= (kind == .binary ? 2000 : 500), "A message over its limit was given.")
    // Words to be answered in other ways than with an echo.
    switch bytes.first {
    case UInt8(ascii: "c"): peer.close(code: 1000, reason: String(decoding: bytes, as: UTF8.self))
    case UInt8(ascii: "d"): peer.drop()
    default:
      if kind == .text { peer.send(text: bytes) }
      peer.send(text: "\(kind) \(bytes.count)")
    }
  }
}
