public import Contract

/// WebSocket over a raw socket, as little as a test needs: it may break every rule, and reads only when it is told to.
public final class RawWebSocket {
  public enum Message: Equatable, Sendable {
    case text(String)
    case close(code: Int?)
  }

  public let socket: RawSocket
  /// That of the close, once it has come.
  public private(set) var closeReason = ""

  /// Connects and upgrades.
  public convenience init(port: Int, query: String = "", receiveBuffer: Int32? = nil) throws {
    try self.init(
      port: port, path: "/api/audio/ws" + (query.isEmpty ? "" : "?\(query)"), receiveBuffer: receiveBuffer)
  }

  public init(port: Int, path: String, receiveBuffer: Int32? = nil) throws {
    socket = try RawSocket(port: port, receiveBuffer: receiveBuffer)
    try socket.send(Self.request(path: path, port: port))
    let head = try socket.receiveHead()
    guard head.hasPrefix("HTTP/1.1 101 ") else { throw TestFailure("not upgraded: \(head)") }
  }

  public static func request(path: String, port: Int) -> String {
    """
    GET \(path) HTTP/1.1\r
    Host: 127.0.0.1:\(port)\r
    Upgrade: websocket\r
    Connection: Upgrade\r
    Sec-WebSocket-Version: 13\r
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
    \r

    """
  }

  public func send(binary bytes: [UInt8]) throws { try socket.send(Self.frame(opcode: 2, bytes)) }
  public func send(text: String) throws { try socket.send(Self.frame(opcode: 1, Array(text.utf8))) }

  /// A whole masked frame; the mask is 0, so the payload stays as it is.
  public static func frame(opcode: UInt8, _ payload: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [0x80 | opcode]
    switch payload.count {
    case ..<126: bytes.append(0x80 | UInt8(payload.count))
    case ..<65_536: bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
    default:
      bytes.append(0x80 | 127)
      bytes += (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
    }
    return bytes + [0, 0, 0, 0] + payload
  }

  /// The next message; pings are passed over.
  public func receive() throws -> Message {
    while true {
      let head = try socket.receive(2)
      var count = Int(head[1] & 0x7F)
      if count > 125 { count = try socket.receive(count == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) } }
      let payload = try socket.receive(count)
      switch head[0] & 0x0F {
      case 1: return .text(String(decoding: payload, as: UTF8.self))
      case 8:
        closeReason = String(decoding: payload.dropFirst(2), as: UTF8.self)
        return .close(code: payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil)
      default: continue
      }
    }
  }

  /// The next message, which must be one of the server's.
  public func message() throws -> ServerMessage {
    let received = try receive()
    guard case .text(let text) = received, let message = ServerMessage(parsing: text.utf8) else {
      throw TestFailure("\(received) is none of the server's messages")
    }
    return message
  }

  /// Every message up to the close, which is answered as the protocol asks, and its code.
  public func rest() throws -> (messages: [ServerMessage], code: Int?) {
    var messages: [ServerMessage] = []
    while true {
      switch try receive() {
      case .close(let code):
        // A server that is not answered waits for it. One that is gone already needs none.
        try? socket.send(Self.frame(opcode: 8, code.map { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } ?? []))
        return (messages, code)
      case .text(let text):
        guard let message = ServerMessage(parsing: text.utf8) else { throw TestFailure("\(text) is no message") }
        messages.append(message)
      }
    }
  }
}
