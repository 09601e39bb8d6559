import IO
import Testing

@testable import Web

/// Servers behind proxies, on real sockets.
struct TrustedProxyTests {
  /// A PROXY protocol header for this IPv4 client.
  private static func header(_ address: [UInt8], port: UInt8 = 9) -> [UInt8] {
    ProxyHeader.signature + [0x21, 0x11, 0, 12] + address + [10, 0, 0, 1, 0, port, 0, 80]
  }

  private static func server(
    _ proxies: [String], _ change: (inout InProcessServer.Behaviour) -> Void = { _ in }
  ) throws -> InProcessServer {
    let proxies = try #require(TrustedProxies(list: proxies))
    return try InProcessServer {
      $0.reception.trustedProxies = proxies
      $0.request = {
        HTTPResponse(status: 200, contentType: "text/plain", body: Array("\($0.peer) \($0.network)".utf8))
      }
      change(&$0)
    }
  }

  private static func get(_ lines: String = "") -> String { "GET / HTTP/1.1\r\nHost: h\r\n\(lines)\r\n" }

  private func body(_ answer: String) -> String { String(answer.split(separator: "\r\n\r\n").last ?? "") }

  @Test func `each request over a proxy's connection is its own client's`() throws {
    let server = try Self.server(["127.0.0.0/8"])
    defer { server.stop() }
    let proxy = try RawClient(port: server.port)
    #expect(try body(proxy.request(Self.get("X-Forwarded-For: 192.0.2.7\r\n"))) == "192.0.2.7 192.0.2.7")
    #expect(
      try body(proxy.request(Self.get("Forwarded: for=\"[2001:db8:1:2::3]:80\"\r\n")))
        == "[2001:db8:1:2::3]:80 2001:db8:1:2::/64")
    #expect(try body(proxy.request(Self.get())).hasPrefix("127.0.0.1:"))
    let forged = try proxy.request(Self.get("X-Forwarded-For: 192.0.2.7\r\nForwarded: for=127.0.0.1\r\n"))
    #expect(forged.hasPrefix("HTTP/1.1 400 ") && forged.contains("name different clients"))
  }

  @Test func `an address that is no proxy is believed nothing`() throws {
    let server = try Self.server(["10.0.0.0/8"])
    defer { server.stop() }
    let client = try RawClient(port: server.port)
    #expect(
      try body(client.request(Self.get("X-Forwarded-For: 192.0.2.7\r\nForwarded: for=1.2.3.4\r\n"))).hasPrefix(
        "127.0.0.1:"))
    let other = try RawClient(port: server.port)
    try other.write(Self.header([192, 0, 2, 7]))
    let answer = try other.request(Self.get())
    #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.hasSuffix("is no trusted proxy"))
    #expect(try other.next() == nil)
  }

  @Test func `the PROXY protocol names the client, however it is cut, and that client may be a proxy, too`() throws {
    let server = try Self.server(["127.0.0.1", "10.0.0.0/8"])
    defer { server.stop() }
    for pieceBytes in [1, 5, 1000] {
      let proxy = try RawClient(port: server.port)
      let bytes = Self.header([192, 0, 2, 7]) + Array(Self.get("X-Forwarded-For: 127.0.0.1\r\n").utf8)
      for start in stride(from: 0, to: bytes.count - 1, by: pieceBytes) {
        try proxy.write(Array(bytes[start..<min(bytes.count - 1, start + pieceBytes)]))
      }
      #expect(try body(proxy.request("\n")) == "192.0.2.7:9 192.0.2.7")
    }
    let chain = try RawClient(port: server.port)
    try chain.write(Self.header([10, 0, 0, 9]))
    #expect(try body(chain.request(Self.get("X-Forwarded-For: 192.0.2.8\r\n"))) == "192.0.2.8 192.0.2.8")
    let check = try RawClient(port: server.port)
    try check.write(ProxyHeader.signature + [0x20, 0, 0, 0])
    #expect(try body(check.request(Self.get())).hasPrefix("127.0.0.1:"))
    let wrong = try RawClient(port: server.port)
    try wrong.write(ProxyHeader.signature)
    #expect(try wrong.request("\u{11}\u{11}\0\0").contains("expected version 2, got 1"))
    let plain = try RawClient(port: server.port)
    #expect(try body(plain.request("\r\n\r\n" + Self.get())).hasPrefix("127.0.0.1:"))
  }

  @Test func `limits are those of the client, and the proxy has none`() throws {
    let server = try Self.server(["127.0.0.1"]) {
      $0.reception.maximumPerNetwork = 2
      $0.reception.maximumRequestingPerNetwork = 1
    }
    defer { server.stop() }
    func open(_ client: UInt8) throws -> RawClient {
      let proxy = try RawClient(port: server.port)
      try proxy.write(Self.header([192, 0, 2, client]))
      let answer = try proxy.request(RawClient.upgrade("/ws"))
      guard answer.hasPrefix("HTTP/1.1 101 ") else { throw RawClient.Failure(what: answer) }
      return proxy
    }
    let connections = try (0..<6).map { try open(1 + UInt8($0) / 2) }
    #expect(throws: RawClient.Failure.self) { try open(1) }
    let noted = try (0..<6).map { number in
      let proxy = try RawClient(port: server.port)
      _ = try proxy.request(RawClient.upgrade("/ws", extra: "X-Forwarded-For: 192.0.2.\(20 + number)\r\n"))
      return proxy
    }
    // Half a request of the same client displaces the one before; of another it does not.
    func begin(_ client: UInt8) throws -> RawClient {
      let proxy = try RawClient(port: server.port)
      try proxy.write(Self.header([192, 0, 2, client]))
      _ = try proxy.request(Self.get())
      try proxy.write(Array("GET / HT".utf8))
      return proxy
    }
    let first = try begin(8)
    let other = try begin(9)
    let second = try begin(8)
    #expect(throws: RawClient.Failure.self) { try first.read(1) }
    for half in [other, second] { #expect(try half.request("TP/1.1\r\nHost: h\r\n\r\n").hasPrefix("HTTP/1.1 200 ")) }
    try connections[0].send(8, [3, 232])
    var again: RawClient?
    while again == nil { again = try? open(1) }
    withExtendedLifetime((connections, noted, again)) {}
  }
}
