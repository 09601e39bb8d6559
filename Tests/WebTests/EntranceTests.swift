import Glibc
import Testing
import Web

@testable import Web

/// Strangers at the door of a server: slow ones, many at once, those who break off.
struct EntranceTests {
  private static let upgrade = RawClient.upgrade("/ws")

  @Test func `a connection that says nothing, or only half of what it wants, is cut, the latter with 408`() throws {
    let server = try InProcessServer { $0.reception.handshake = .seconds(1) }
    defer { server.stop() }
    let silent = try RawClient(port: server.port)
    let slow = try RawClient(port: server.port)
    let open = try RawClient(opening: "/ws", port: server.port)
    #expect(try slow.request(String(Self.upgrade.dropLast(2))).hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
    #expect(try slow.next() == nil)
    #expect(throws: RawClient.Failure.self) { try silent.read(1) }
    try open.send(2, [3])
    #expect(try open.text() == "binary 1: 3")
  }

  @Test func `the time for a request begins anew with every answer`() throws {
    let server = try InProcessServer { $0.reception.handshake = .seconds(1) }
    defer { server.stop() }
    let client = try RawClient(port: server.port)
    for _ in 0..<3 { #expect(try client.request("GET / HTTP/1.1\r\nHost: h\r\n\r\n").hasPrefix("HTTP/1.1 200")) }
    #expect(throws: RawClient.Failure.self) { try client.read(1) }
  }

  @Test func `a response that is read slowly, but read, is not cut`() throws {
    let server = try InProcessServer {
      $0.reception.handshake = .milliseconds(500)
      $0.request = { _ in
        HTTPResponse(status: 200, contentType: "text/plain", body: [UInt8](repeating: 7, count: 8 << 20))
      }
    }
    defer { server.stop() }
    let client = try RawClient(port: server.port, receiveBuffer: 8192)
    try client.write(Array("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".utf8))
    for _ in 0..<8 {
      usleep(300_000)
      #expect(try client.read(1 << 20).count == 1 << 20)
    }
  }

  @Test func `of connections from one network, and of those that have not said what they want, only so many are kept`()
    throws
  {
    let server = try InProcessServer { $0.reception.maximumPerNetwork = 3 }
    defer { server.stop() }
    var clients = try (0..<3).map { _ in try RawClient(opening: "/ws", port: server.port) }
    #expect(throws: RawClient.Failure.self) { try RawClient(opening: "/ws", port: server.port) }
    try clients.removeLast().send(8, [3, 232])
    var returned: RawClient?
    while returned == nil { returned = try? RawClient(opening: "/ws", port: server.port) }
    let spared = try InProcessServer {
      $0.reception.maximumPerNetwork = 1
      $0.reception.sparesLoopback = true
      $0.reception.maximumRequesting = 2
    }
    defer { spared.stop() }
    let open = try (0..<4).map { _ in try RawClient(opening: "/ws", port: spared.port) }
    // A third one displaces the first, also from an address that may have any number.
    let requesting = try (0..<2).map { _ in try RawClient(port: spared.port) }
    let newcomer = try RawClient(opening: "/ws", port: spared.port)
    #expect(throws: RawClient.Failure.self) { try requesting[0].read(1) }
    #expect(try requesting[1].request("GET / HTTP/1.1\r\nHost: h\r\n\r\n").hasPrefix("HTTP/1.1 200"))
    withExtendedLifetime((open, newcomer, returned, clients)) {}
  }

  @Test func `an answer arrives though the client is still sending`() throws {
    let server = try InProcessServer()
    defer { server.stop() }
    let client = try RawClient(port: server.port)
    try? client.write(Array(("GET / HTTP/1.1\r\nHost: h\r\nA: " + String(repeating: "x", count: 500_000)).utf8))
    #expect(try client.request("").hasPrefix("HTTP/1.1 431 "))
  }

  @Test func `the owner sees every subprotocol offered, agrees to one, and adds headers`() throws {
    let server = try InProcessServer {
      $0.upgrade = { request in
        .accept(
          subprotocol: request.subprotocols.first { $0.lowercased() == "b" },
          headers: [.init("x-offered", request.subprotocols.joined(separator: "|")), .init("x-evil", "a\r\nb: c")])
      }
    }
    defer { server.stop() }
    func answer(_ lines: String) throws -> String {
      try RawClient(port: server.port).request(RawClient.upgrade("/ws", extra: lines))
    }
    let chosen = try answer("Sec-WebSocket-Protocol: a, B ,token.x\r\nSec-WebSocket-Protocol: d\r\n")
    #expect(chosen.contains("\r\nsec-websocket-protocol: B\r\n"))
    #expect(chosen.contains("\r\nx-offered: a|B|token.x|d\r\n"))
    #expect(chosen.contains("\r\nx-evil: ab: c\r\n"))
    #expect(try !answer("").contains("sec-websocket-protocol"))
    #expect(try answer("Sec-WebSocket-Protocol: \(String(repeating: "x", count: 2000))\r\n").hasPrefix("HTTP/1.1 101 "))
  }

  @Test func `the client shows its token, and is told a refusal's body and the youngest close codes`() throws {
    let server = try InProcessServer {
      $0.upgrade = { request in
        request.header("authorization") == "Bearer secret"
          ? .accept() : .refuse(HTTPResponse(status: 401, json: #"{"error":"who?"}"#))
      }
      $0.received = { connection, _, _ in connection.close(code: 1013, reason: "later") }
    }
    defer { server.stop() }
    let stranger = try TestClient("ws://127.0.0.1:\(server.port)/ws")
    defer { stranger.stop() }
    #expect(stranger.events.all == ["failed refused with HTTP status 401"])
    stranger.sync { #expect($0.refusal == #"{"error":"who?"}"#) }
    let known = try TestClient("ws://127.0.0.1:\(server.port)/ws", token: "secret")
    defer { known.stop() }
    known.send(binary: [1])
    #expect(known.events.wait() == ["opened", "closed 1013 later"])
  }

  @Test func `a peer that takes none of its replies is closed with 1013`() throws {
    let closed = Record<Int?>()
    let server = try InProcessServer {
      $0.patience.slowReader = .seconds(1)
      $0.patience.closing = .seconds(1)
      $0.received = { connection, _, _ in
        for _ in 0..<20_000 { connection.send(text: String(repeating: "r", count: 1000)) }
      }
      $0.closed = { closed.add($1) }
    }
    defer { server.stop() }
    let client = try RawClient(opening: "/ws", port: server.port, receiveBuffer: 8192)
    try client.send(2, [1])
    #expect(closed.wait() == [1013])
    withExtendedLifetime(client) {}
  }

  @Test func `what came before a frame that breaks the protocol is answered, then 1002 says why`() throws {
    let server = try InProcessServer()
    defer { server.stop() }
    let client = try RawClient(opening: "/ws", port: server.port)
    try client.write(RawClient.frame(2, [7]) + RawClient.frame(2, [8], masked: false) + RawClient.frame(2, [9]))
    #expect(try client.text() == "binary 1: 7")
    let last = try client.next()
    #expect(last?.closeCode == 1002)
    #expect(last.map { String(decoding: $0.payload.dropFirst(2), as: UTF8.self) } == "a client's frames must be masked")
    #expect(try client.next() == nil)
  }
}
