internal import CLinux
internal import Glibc
internal import Synchronization

/// Stands between a client and a server on loopback, hands everything on, and keeps what the client sent.
public final class RecordingProxy: Sendable {
  private struct State {
    var sent: [[UInt8]] = []
    var sockets: [Int32] = []
  }

  /// Where clients connect to.
  public let port: Int
  public var url: String { "ws://127.0.0.1:\(port)/api/audio/ws" }
  private let listener: Int32
  private let state = Mutex(State())

  public init(to server: Int) throws {
    let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = Self.loopback(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = Self.with(&address) { bind(socket, $0, length) == 0 && listen(socket, 16) == 0 }
    guard isListening, Self.with(&address, { getsockname(socket, $0, &length) }) == 0 else {
      throw TestFailure("listen: \(errno)")
    }
    listener = socket
    port = Int(in_port_t(bigEndian: address.sin_port))
    BackgroundThread.start { [self, listener] in
      while case let client = accept(listener, nil, nil), client >= 0 {
        connect(client, to: server)
      }
    }
  }

  /// No one connects any more, and who is connected is cut off.
  public func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
    for socket in state.withLock({ $0.sockets }) { shutdown(socket, Int32(SHUT_RDWR)) }
  }

  /// The payloads of the binary messages the client of a connection sent, in order; connections count from 0.
  public func chunks(of connection: Int = 0) -> [[UInt8]] {
    let bytes = state.withLock { $0.sent.indices.contains(connection) ? $0.sent[connection] : [] }
    return Self.binaryMessages(in: bytes)
  }

  private func connect(_ client: Int32, to port: Int) {
    let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = Self.loopback(port: port)
    let length = socklen_t(MemoryLayout<sockaddr_in>.size)
    guard Self.with(&address, { Glibc.connect(server, $0, length) }) == 0 else {
      close(server)
      close(client)
      return
    }
    let index = state.withLock { state in
      state.sockets += [client, server]
      state.sent.append([])
      return state.sent.count - 1
    }
    BackgroundThread.start { [self] in
      Self.pass(from: client, to: server) { piece in state.withLock { $0.sent[index] += piece } }
    }
    BackgroundThread.start { Self.pass(from: server, to: client) { _ in } }
  }

  private static func pass(from source: Int32, to target: Int32, _ look: (ArraySlice<UInt8>) -> Void) {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = read(source, &buffer, buffer.count), count > 0 {
      look(buffer[..<count])
      var sent = 0
      while sent < count {
        let written = buffer.withUnsafeBytes { write(target, $0.baseAddress.unsafelyUnwrapped + sent, count - sent) }
        guard written > 0 else { break }
        sent += written
      }
    }
    shutdown(target, Int32(SHUT_WR))
  }

  /// Reads a client's side of a connection: the request's head, then masked frames.
  private static func binaryMessages(in bytes: [UInt8]) -> [[UInt8]] {
    guard let end = bytes.firstRange(of: [13, 10, 13, 10]) else { return [] }
    var messages: [[UInt8]] = []
    var opcode: UInt8 = 0
    var place = end.upperBound
    while place + 6 <= bytes.count {
      let first = bytes[place]
      var count = Int(bytes[place + 1] & 0x7F)
      place += 2
      let extra = count == 126 ? 2 : count == 127 ? 8 : 0
      guard place + extra + 4 <= bytes.count else { break }
      if extra > 0 { count = bytes[place..<place + extra].reduce(0) { $0 << 8 | Int($1) } }
      place += extra
      let mask = Array(bytes[place..<place + 4])
      place += 4
      guard place + count <= bytes.count else { break }
      let payload = (0..<count).map { bytes[place + $0] ^ mask[$0 & 3] }
      place += count
      // Control frames may come between the fragments of a message.
      if first & 0x08 != 0 { continue }
      if first & 0x0F != 0 { opcode = first & 0x0F }
      guard opcode == 2 else { continue }
      if first & 0x0F == 0, !messages.isEmpty {
        messages[messages.count - 1] += payload
      } else {
        messages.append(payload)
      }
    }
    return messages
  }

  private static func loopback(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    return address
  }

  private static func with<Result>(
    _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> Result
  ) -> Result {
    withUnsafeMutablePointer(to: &address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body) }
  }
}
