internal import CLinux
internal import Glibc
internal import Synchronization

/// Stands between a client and a server on loopback, hands everything on, and keeps what the client sent; or does to a
/// connection what networks do.
public final class RecordingProxy: Sendable {
  /// What becomes of a connection once so many bytes were handed on.
  public enum Fault: Sendable {
    /// Cut, though the bytes up to there arrive.
    case cutAfterSent(Int)
    case cutAfterReceived(Int)
    /// Nothing is handed on any more, either way, and nobody is told.
    case stallAfterSent(Int)

    fileprivate func limit(fromClient: Bool) -> Int {
      switch self {
      case .cutAfterSent(let bytes), .stallAfterSent(let bytes): fromClient ? bytes : .max
      case .cutAfterReceived(let bytes): fromClient ? .max : bytes
      }
    }
  }

  private struct Connection {
    var client: Int32
    var server: Int32
    var fault: Fault?
    var sent: [UInt8] = []
    var received = 0
    var isStalled = false
    /// Directions in which bytes may still come; with none its sockets are closed.
    var directions = 2
  }

  private struct State {
    var connections: [Connection] = []
    var faults: [Fault]
  }

  /// Where clients connect to.
  public let port: Int
  public var url: String { "ws://127.0.0.1:\(port)/api/audio/ws" }
  private let listener: Int32
  private let state: Mutex<State>

  /// - Parameter faults: one for each connection, in order; those after are left alone.
  public init(to server: Int, faults: [Fault] = []) throws {
    state = Mutex(State(faults: faults.reversed()))
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
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        connect(client, to: server)
      }
      close(listener)
    }
  }

  /// No one connects any more, and who is connected is cut off.
  public func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
    state.withLock { state in
      for connection in state.connections { Self.cut(connection) }
    }
  }

  /// Connections there have been.
  public var connections: Int { state.withLock { $0.connections.count } }

  private static func cut(_ connection: Connection) {
    guard connection.directions > 0 else { return }
    shutdown(connection.client, Int32(SHUT_RDWR))
    shutdown(connection.server, Int32(SHUT_RDWR))
  }

  /// The payloads of the binary messages the client of a connection sent, in order; connections count from 0.
  public func chunks(of connection: Int = 0) -> [[UInt8]] {
    let bytes = state.withLock { $0.connections.indices.contains(connection) ? $0.connections[connection].sent : [] }
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
      state.connections.append(Connection(client: client, server: server, fault: state.faults.popLast()))
      return state.connections.count - 1
    }
    BackgroundThread.start { [self] in pass(from: client, to: server, of: index, fromClient: true) }
    BackgroundThread.start { [self] in pass(from: server, to: client, of: index, fromClient: false) }
  }

  private func pass(from source: Int32, to target: Int32, of index: Int, fromClient: Bool) {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = read(source, &buffer, buffer.count), count > 0 {
      let allowed = allow(buffer[..<count], of: index, fromClient: fromClient)
      var sent = 0
      while sent < allowed {
        let written = buffer.withUnsafeBytes { write(target, $0.baseAddress.unsafelyUnwrapped + sent, allowed - sent) }
        guard written > 0 else { break }
        sent += written
      }
      strike(index)
    }
    state.withLock { state in
      let connection = state.connections[index]
      if !connection.isStalled { shutdown(target, Int32(SHUT_WR)) }
      state.connections[index].directions -= 1
      guard connection.directions == 1 else { return }
      close(source)
      close(target)
    }
  }

  /// How much of a piece is handed on.
  private func allow(_ piece: ArraySlice<UInt8>, of index: Int, fromClient: Bool) -> Int {
    state.withLock { state in
      let connection = state.connections[index]
      guard !connection.isStalled else { return 0 }
      let before = fromClient ? connection.sent.count : connection.received
      let limit = connection.fault?.limit(fromClient: fromClient) ?? .max
      let allowed = min(piece.count, limit - before)
      if fromClient { state.connections[index].sent += piece.prefix(allowed) }
      if !fromClient { state.connections[index].received += allowed }
      return allowed
    }
  }

  /// Does what is to be done to the connection by now.
  private func strike(_ index: Int) {
    state.withLock { state in
      let connection = state.connections[index]
      switch connection.fault {
      case .cutAfterSent(let bytes): if connection.sent.count >= bytes { Self.cut(connection) }
      case .cutAfterReceived(let bytes): if connection.received >= bytes { Self.cut(connection) }
      case .stallAfterSent(let bytes): if connection.sent.count >= bytes { state.connections[index].isStalled = true }
      case nil: break
      }
    }
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
