import Glibc
import IO
import Testing
import Web

@testable import Web

/// HTTP, handshakes and ports.
struct ServerTests {
  @Test func `plain requests are answered, several on one connection`() throws {
    let server = try InProcessServer {
      $0.request = { request in
        let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
        let who = request.header("User-Agent") ?? "nobody"
        let key = request.header("x-api-key") ?? "none"
        return HTTPResponse(status: 200, json: "\(request.method) \(request.path) \(query) \(who) \(key)")
      }
    }
    defer { server.stop() }
    let client = try RawClient(port: server.port)
    let first = try client.request(
      "GET /a/../b%20c?x=1%262&&y=&z HTTP/1.1\r\nHost: h\r\nUser-Agent: me\r\nX-API-Key: k\r\n\r\n")
    #expect(first.hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(first.hasSuffix("\r\n\r\nGET /b c x=1&2|y=|z= me k"))
    #expect(first.contains("content-type: application/json\r\n"))
    let second = try client.request("GET /second HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(second.hasSuffix("\r\n\r\nGET /second  nobody none"))
  }

  @Test(arguments: ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
  func `other methods get their answer, and the connection ends`(
    method: String
  ) throws {
    let server = try InProcessServer { $0.request = { HTTPResponse(status: 405, json: $0.method) } }
    defer { server.stop() }
    let client = try RawClient(port: server.port)
    let answer = try client.request("\(method) / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello")
    #expect(answer.hasPrefix("HTTP/1.1 405 Method Not Allowed\r\n"))
    #expect(answer.hasSuffix("connection: close\r\n\r\n\(method)"))
    #expect(try client.next() == nil)
  }

  @Test func `no HTTP at all only ends that connection`() throws {
    let server = try InProcessServer()
    defer { server.stop() }
    for bytes in [
      "\0\u{1}\u{2}\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "CONNECT a:1 HTTP/1.1\r\n\r\n",
      "FOO / HTTP/1.1\r\n\r\n", String(repeating: "x", count: 100_000),
    ] {
      let client = try RawClient(port: server.port)
      try? client.write(Array(bytes.utf8))
      while (try? client.read(1)) != nil {}
    }
    #expect(try RawClient(port: server.port).request("GET / HTTP/1.1\r\nHost: h\r\n\r\n").contains("200 OK"))
  }

  @Test func `an upgrade can be refused with a plain answer`() throws {
    let server = try InProcessServer {
      $0.upgrade = { request in
        #expect(request.query("encoding") == "mp3")
        #expect(request.peer.hasPrefix("127.0.0.1:"))
        return .refuse(HTTPResponse(status: 503, json: #"{"error":"full"}"#, headers: [.init("retry-after", "7")]))
      }
    }
    defer { server.stop() }
    let client = try RawClient(port: server.port)
    let answer = try client.request(RawClient.upgrade("/ws?encoding=mp3"))
    #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
    #expect(answer.contains("retry-after: 7\r\n"))
    #expect(answer.hasSuffix(#"{"error":"full"}"#))
    #expect(try client.next() == nil)
  }

  @Test func `a handshake that cannot work is told why`() throws {
    let server = try InProcessServer()
    defer { server.stop() }
    let old = try RawClient(port: server.port).request(RawClient.upgrade("/ws", version: 8))
    #expect(old.hasPrefix("HTTP/1.1 426 Upgrade Required\r\n"))
    #expect(old.contains("sec-websocket-version: 13\r\n"))
    let h2 = try RawClient(port: server.port).request(
      "GET /x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
    )
    #expect(h2.hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(h2.hasSuffix(#"{"path":"/x"}"#))
  }

  @Test(arguments: ["", "Expect: 100-continue\r\n"])
  func `an upgrade with a body is refused before the body comes`(extra: String) throws {
    let server = try InProcessServer()
    defer { server.stop() }
    for length in ["Content-Length: 9223372036854775807", "Transfer-Encoding: chunked"] {
      let client = try RawClient(port: server.port)
      let answer = try client.request(RawClient.upgrade("/ws", extra: "\(length)\r\n\(extra)"))
      #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("without a body"), "\(answer)")
    }
  }

  @Test func `an upgrade is known by what we read of it, not by what the parser makes of it`() throws {
    let server = try InProcessServer()
    defer { server.stop() }
    let request = RawClient.upgrade("/ws").replacing("keep-alive, Upgrade", with: "upgrade\t,x")
    #expect(try RawClient(port: server.port).request(request).hasPrefix("HTTP/1.1 101 "))
  }

  @Test(arguments: [
    "HEAD / HTTP/1.1\r\nHost: a b\r\n\r\n", "HEAD / HTTP/1.1\r\nno header\r\n\r\n",
    "HEAD / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n",
  ])
  func `a refused HEAD gets no body`(request: String) throws {
    let server = try InProcessServer()
    defer { server.stop() }
    let client = try RawClient(port: server.port)
    try client.write(Array(request.utf8))
    let answer = client.rest()
    #expect(answer.hasPrefix("HTTP/1.1 40") && answer.hasSuffix("\r\n\r\n"), "\(answer)")
    #expect(answer.contains("\r\ndate: ") && answer.contains("\r\ncontent-length: "))
  }

  @Test func `permessage-deflate is not agreed to`() throws {
    let server = try InProcessServer()
    defer { server.stop() }
    let client = try RawClient(port: server.port)
    let answer = try client.request(RawClient.upgrade("/ws", extra: "Sec-WebSocket-Extensions: permessage-deflate\r\n"))
    #expect(answer.hasPrefix("HTTP/1.1 101 "))
    #expect(answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
    #expect(!answer.lowercased().contains("sec-websocket-extensions"))
  }

  @Test func `messages sent with the handshake are not lost`() throws {
    let server = try InProcessServer()
    defer { server.stop() }
    let client = try RawClient(port: server.port)
    try client.write(Array(RawClient.upgrade("/ws").utf8) + RawClient.frame(2, [1, 2]) + RawClient.frame(2, [3]))
    #expect(try client.request("").hasPrefix("HTTP/1.1 101 "))
    #expect(try client.text() == "binary 2: 3")
    #expect(try client.text() == "binary 1: 3")
  }

  @Test func `a port in use is said to be`() throws {
    let server = try InProcessServer()
    defer { server.stop() }
    #expect(throws: IOError.portInUse(host: "127.0.0.1", port: server.port)) {
      try InProcessServer { $0.port = server.port }
    }
  }

  @Test(arguments: ["192.0.2.1", "no.such.host.invalid", "", "300.1.1.1"])
  func `a host that is not ours cannot be listened on`(
    host: String
  ) throws {
    #expect {
      try InProcessServer { $0.host = host }.stop()
    } throws: { error in
      guard case .cannotListen(host, 0, _)? = error as? IOError else { return false }
      return true
    }
  }

  @Test(arguments: [
    ("127.0.0.1", ["127.0.0.1"]), ("::1", ["::1"]), ("0.0.0.0", ["127.0.0.1"]), ("::", ["127.0.0.1", "::1"]),
    ("localhost", ["127.0.0.1", "localhost"]),
  ]) func `it listens where it is told to`(host: String, reachable: [String]) throws {
    let server = try InProcessServer { $0.host = host }
    defer { server.stop() }
    for name in reachable {
      let client = try TestClient("ws://\(name.contains(":") ? "[\(name)]" : name):\(server.port)/ws")
      defer { client.stop() }
      client.send(binary: [5])
      #expect(client.texts.wait() == ["binary 1: 5"], "\(name)")
    }
  }

  @Test func `accepting can stop while connections go on`() throws {
    let server = try InProcessServer()
    defer { server.stop() }
    let client = try RawClient(opening: "/ws", port: server.port)
    server.sync { $0.stopAccepting() }
    #expect(throws: RawClient.Failure.self) { try RawClient(port: server.port) }
    try client.send(2, [8])
    #expect(try client.text() == "binary 1: 8")
    // Somebody else may have the port now.
    try InProcessServer { $0.port = server.port }.stop()
  }

  @Test func `two servers share one loop`() throws {
    let first = try InProcessServer()
    defer { first.stop() }
    let other = Kept()
    first.sync { server in
      other.server = server.delegate.flatMap {
        try? WebServer(loop: server.loop, host: "127.0.0.1", port: 0, delegate: $0)
      }
      other.port = other.server?.port ?? 0
    }
    defer { first.sync { _ in other.server = nil } }
    #expect(other.port != first.port)
    let a = try RawClient(opening: "/ws", port: first.port)
    let b = try RawClient(opening: "/ws", port: other.port)
    try a.send(2, [1])
    try b.send(2, [2])
    #expect(try a.text() == "binary 1: 1")
    #expect(try b.text() == "binary 1: 2")
  }

  @Test func `the owner's state comes with the connection`() throws {
    final class State { let name = "mine" }
    let seen = Record<String>()
    let server = try InProcessServer {
      $0.upgrade = { _ in .accept(context: State()) }
      $0.opened = { seen.add(($0.context as? State)?.name ?? "none") }
    }
    defer { server.stop() }
    _ = try RawClient(opening: "/ws", port: server.port)
    #expect(seen.wait() == ["mine"])
  }

  /// The server is only touched on the loop's thread.
  private final class Kept: @unchecked Sendable {
    var server: WebServer?
    var port = 0
  }
}
