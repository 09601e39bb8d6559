import Dialects
import Glibc
import IO
import Web

@testable import WebSocket

/// A server in this process, whose connections are pairs of sockets: what goes in one end comes out of libwebsockets.
final class FuzzServer: WebSocketServerDelegate {
  // libFuzzer has one thread.
  nonisolated(unsafe) static let shared = FuzzServer()

  private let loop: EventLoop
  private var server: WebSocketServer?
  private var pieces: ArraySlice<UnsafeRawBufferPointer> = []
  private var peer: Int32 = -1
  private var heard: [UInt8] = []
  private var open = 0

  private init() {
    do {
      loop = try EventLoop()
      server = try WebSocketServer(
        loop: loop, host: "127.0.0.1", port: 0, maximumMessageBytes: 2000, maximumTextBytes: 500, delegate: self)
    } catch {
      preconditionFailure("no server: \(error)")
    }
    loop.onRoundEnd { [unowned self] in self.sendNext() }
  }

  /// Sends the pieces, each in a round of the loop, then the end; gives what came back until the server had ended too.
  func exchange(_ pieces: [UnsafeRawBufferPointer]) -> [UInt8] {
    var ends: [Int32] = [-1, -1]
    require(
      socketpair(AF_UNIX, LibraryContext.streamType | LibraryContext.descriptorFlags, 0, &ends) == 0,
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

  func server(_ server: WebSocketServer, request: HTTPRequest) -> HTTPResponse {
    requireLegal(request)
    return HTTPResponse(status: 200, json: #"{"status":"ok"}"#, headers: [.init("x-path", request.path)])
  }

  func server(_ server: WebSocketServer, upgrade: HTTPRequest) -> UpgradeAnswer {
    requireLegal(upgrade)
    return upgrade.path == "/no" ? .refuse(HTTPResponse(status: 404, json: "{}")) : .accept()
  }

  private func requireLegal(_ request: HTTPRequest) {
    require(request.path.hasPrefix("/"), "A path does not begin with a slash: \(request.path)")
    require(!request.path.split(separator: "/").contains(".."), "A path leads upwards: \(request.path)")
  }

  func server(_ server: WebSocketServer, refused error: RequestError) -> HTTPResponse {
    NativeDialect.rejection(.malformed(status: error.status, reason: error.reason, headers: error.headers))
  }

  func server(_ server: WebSocketServer, opened: WebSocketConnection) { open += 1 }
  func server(_ server: WebSocketServer, connection: WebSocketConnection, failed fault: ConnectionFault) {
    connection.send(text: "{}")
    connection.close(code: 1008, reason: "fault")
  }

  func server(_ server: WebSocketServer, drained: WebSocketConnection) {}
  func server(_ server: WebSocketServer, closed: WebSocketConnection, code: Int?) { open -= 1 }

  func server(
    _ server: WebSocketServer, connection: WebSocketConnection, received bytes: UnsafeRawBufferPointer,
    kind: MessageKind
  ) {
    require(bytes.count <= (kind == .binary ? 2000 : 500), "A message over its limit was given.")
    // Words to be answered in other ways than with an echo.
    switch bytes.first {
    case UInt8(ascii: "c"): connection.close(code: 1000, reason: String(decoding: bytes, as: UTF8.self))
    case UInt8(ascii: "d"): connection.drop()
    default:
      if kind == .text { connection.send(text: bytes) }
      connection.send(text: "\(kind) \(bytes.count)")
    }
  }
}
