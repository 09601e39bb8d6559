import Glibc
import Synchronization
import Testing

@testable import Web

struct ConnectionLoadsTests {
  @Test func `the next connection goes where there are the fewest, to the first of those`() {
    var loads = ConnectionLoads(loops: 3)
    #expect((0..<7).map { _ in loads.place() } == [0, 1, 2, 0, 1, 2, 0])
    for _ in 0..<2 { loads.leave(1) }
    #expect((0..<4).map { _ in loads.place() } == [1, 1, 1, 2])
    #expect(loads.counts == [3, 3, 3])
  }
}

/// Servers on threads of their own behind one port.
struct SharedPortTests {
  /// Three of them, the first of which listens; `change` as for one.
  private func servers(
    _ change: (Int, inout InProcessServer.Behaviour) -> Void = { _, _ in }
  ) throws -> (servers: [InProcessServer], port: Int) {
    let shared = SharedPort(servers: 3)
    let servers = try (0..<3).map { index in
      try InProcessServer {
        $0.shared = shared
        $0.index = index
        change(index, &$0)
      }
    }
    let port = Record<Int>()
    servers[0].sync { server in
      try? server.listen(host: "127.0.0.1", port: 0)
      port.add(server.port)
    }
    return (servers, port.wait()[0])
  }

  private func counts(_ servers: [InProcessServer]) -> [Int] {
    servers.map { server in
      let count = Record<Int>()
      server.sync { count.add($0.connectionCount) }
      return count.wait()[0]
    }
  }

  @Test func `connections are spread, each is served by its own thread, and who leaves makes room there`() throws {
    let closed = Record<Bool>()
    let (servers, port) = try servers { index, behaviour in
      behaviour.received = { connection, bytes, kind in connection.send(text: "\(index) \(describe(bytes, kind))") }
      behaviour.closed = { _, _ in closed.add(true) }
    }
    defer { for server in servers.reversed() { server.stop() } }
    var clients: [RawClient?] = try (0..<30).map { _ in try RawClient(opening: "/ws", port: port) }
    #expect(counts(servers) == [10, 10, 10])
    for (number, client) in clients.enumerated() { try client?.send(2, [UInt8](repeating: 1, count: number)) }
    for (number, client) in clients.enumerated() {
      #expect(try client?.text() == "\(number % 3) binary \(number): \(number)")
    }
    for number in stride(from: 1, to: 30, by: 3) { clients[number] = nil }
    closed.wait(for: 10)
    // Reported in the round in which each connection is counted out.
    #expect(counts(servers) == [10, 0, 10])
    let more = try (0..<9).map { _ in try RawClient(opening: "/ws", port: port) }
    #expect(counts(servers) == [10, 9, 10])
    withExtendedLifetime(more) {}
  }

  @Test func `what a network may have counts for all of them together`() throws {
    let (servers, port) = try servers { _, behaviour in behaviour.reception.maximumPerNetwork = 4 }
    defer { for server in servers.reversed() { server.stop() } }
    let clients = try (0..<4).map { _ in try RawClient(opening: "/ws", port: port) }
    for _ in 0..<3 { #expect(throws: RawClient.Failure.self) { try RawClient(opening: "/ws", port: port) } }
    #expect(counts(servers) == [2, 1, 1])
    withExtendedLifetime(clients) {}
  }

  @Test func `what is accepted for a server that has closed is closed`() throws {
    let (servers, port) = try servers()
    let first = try RawClient(opening: "/ws", port: port)
    servers[1].stop()
    #expect(throws: RawClient.Failure.self) { try RawClient(opening: "/ws", port: port) }
    let third = try RawClient(opening: "/ws", port: port)
    #expect(counts([servers[0], servers[2]]) == [1, 1])
    for server in [servers[2], servers[0]] { server.stop() }
    withExtendedLifetime((first, third)) {}
  }

  @Test func `an open connection leaves its loop with output that is still held back`() throws {
    let (servers, port) = try servers { _, behaviour in
      behaviour.opened = { connection in
        held.withLock { $0 = Unchecked(connection) }
        connection.send(text: "first")
      }
    }
    defer { for server in servers.reversed() { server.stop() } }
    let client = try RawClient(opening: "/ws", port: port)
    #expect(try client.text() == "first")
    for round in 0..<20 {
      let (from, to) = (round % 3, (round + 1) % 3)
      servers[from].sync { server in
        held.withLock { box in
          guard let connection = box?.value else { return }
          connection.send(text: "\(round)", mayWait: true)
          server.move(connection, to: to, handler: Numbered(to))
        }
      }
      #expect(try client.text() == "\(round)")
      try client.send(2, [1])
      #expect(try client.text() == "moved to \(to): binary 1: 1")
    }
    #expect(counts(servers) == [0, 0, 1])
    held.withLock { $0 = nil }
  }

  @Test func `an open connection moves to another loop, with what it was sent meanwhile`() throws {
    let opened = Record<String>()
    let (servers, port) = try servers { index, behaviour in
      behaviour.received = { connection, bytes, kind in connection.send(text: "\(index) \(describe(bytes, kind))") }
      behaviour.opened = { connection in
        opened.add("\(index)")
        held.withLock { $0 = Unchecked(connection) }
      }
    }
    defer { for server in servers.reversed() { server.stop() } }
    let client = try RawClient(opening: "/ws", port: port)
    #expect(opened.wait() == ["0"])
    servers[0].sync { server in
      held.withLock { box in
        guard let connection = box?.value else { return }
        box = nil
        server.move(connection, to: 2, handler: Numbered(2))
      }
    }
    for count in 0..<5 { try client.send(2, [UInt8](repeating: 1, count: count)) }
    for count in 0..<5 { #expect(try client.text() == "moved to 2: binary \(count): \(count)") }
    #expect(counts(servers) == [0, 0, 1])
    try client.send(8, [3, 232])
    #expect(try client.next()?.closeCode == 1000)
    #expect(try client.next() == nil)
    #expect(counts(servers) == [0, 0, 0])
  }
}

/// Answers for the loop of its number.
private final class Numbered: WebSocketHandler {
  let number: Int
  init(_ number: Int) { self.number = number }
  func opened(_ connection: WebSocketConnection) {}
  func received(_ message: UnsafeRawBufferPointer, kind: MessageKind, on peer: WebSocketPeer) {
    peer.send(text: "moved to \(number): \(describe(message, kind))")
  }
  func failed(_ connection: WebSocketConnection, fault: ConnectionFault) {}
  func drained(_ connection: WebSocketConnection) {}
  func closed(_ connection: WebSocketConnection, code: Int?) {}
}

/// Only looked into on the loop's thread.
private struct Unchecked: @unchecked Sendable {
  var value: WebSocketConnection
  init(_ value: WebSocketConnection) { self.value = value }
}
private let held = Mutex<Unchecked?>(nil)
