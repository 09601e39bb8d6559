import Glibc
import Synchronization
import Testing

@testable import Web

/// How our client reaches a server: through a proxy, and not by a redirect.
struct RouteTests {
  /// A proxy for one tunnel, which leads to a port of this machine, whatever was asked for.
  private final class TestProxy: Sendable {
    let requests = Record<String>()
    let port: Int

    init(to target: Int?, answer: String = "HTTP/1.1 200 Connection established\r\n\r\n") throws {
      let listener = try SilentListener()
      port = listener.port
      let descriptor = listener.takeDescriptor()
      startThread { [requests] in
        let client = accept(descriptor, nil, nil)
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while !head.suffix(4).elementsEqual([13, 10, 13, 10]), read(client, &byte, 1) == 1 { head.append(byte) }
        requests.add(String(decoding: head, as: UTF8.self))
        _ = answer.withCString { write(client, $0, strlen($0)) }
        if let target, let server = try? RawClient(port: target) {
          let (from, to) = (server.descriptor, client)
          startThread { Self.copy(from: from, to: to) }
          Self.copy(from: client, to: server.descriptor)
          withExtendedLifetime(server) {}
        }
        close(client)
        close(descriptor)
      }
    }

    private static func copy(from source: Int32, to target: Int32) {
      var block = [UInt8](repeating: 0, count: 16 << 10)
      while case let count = read(source, &block, block.count), count > 0 { _ = write(target, block, count) }
      shutdown(target, Int32(SHUT_RDWR))
    }
  }

  private func proxies(_ proxy: TestProxy, credentials: String = "") -> ProxySettings {
    ProxySettings { $0 == "http_proxy" ? "http://\(credentials)127.0.0.1:\(proxy.port)" : nil }
  }

  @Test func `a proxy is asked for a tunnel, and the WebSocket goes through it`() throws {
    let server = try InProcessServer()
    defer { server.stop() }
    let proxy = try TestProxy(to: server.port)
    let client = try TestClient("ws://service.invalid/ws", proxies: proxies(proxy, credentials: "me:secret@"))
    defer { client.stop() }
    #expect(client.events.all == ["opened"])
    client.send(binary: [1, 2])
    #expect(client.texts.wait() == ["binary 2: 3"])
    #expect(
      proxy.requests.all == [
        "CONNECT service.invalid:80 HTTP/1.1\r\nHost: service.invalid:80\r\n"
          + "Proxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\n"
      ])
  }

  @Test func `a proxy that refuses, or is not there, is named`() throws {
    let refusing = try TestProxy(to: nil, answer: "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
    let refused = try TestClient("ws://service.invalid/ws", proxies: proxies(refusing))
    defer { refused.stop() }
    #expect(
      refused.events.all == [
        "failed no connection through the proxy 127.0.0.1:\(refusing.port): HTTP status 407: it needs http://USER:PASSWORD@HOST:PORT"
      ])
    let absent = ProxySettings { $0 == "http_proxy" ? "http://127.0.0.1:1" : nil }
    let lost = try TestClient("ws://service.invalid/ws", proxies: absent)
    defer { lost.stop() }
    #expect(lost.events.all == ["failed no connection through the proxy 127.0.0.1:1: Connection refused"])
  }

  @Test func `a proxy cannot answer in the server's place before the server is asked`() throws {
    for scheme in ["ws", "wss"] {
      let lying = try TestProxy(
        to: nil, answer: "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 302 Found\r\nLocation: wss://evil.example/ws\r\n\r\n")
      let settings = ProxySettings { $0 == "all_proxy" ? "http://127.0.0.1:\(lying.port)" : nil }
      let client = try TestClient("\(scheme)://service.invalid/ws", proxies: settings)
      defer { client.stop() }
      #expect(
        client.events.all == [
          "failed no connection through the proxy 127.0.0.1:\(lying.port): it said something in the server's place"
        ])
    }
  }

  @Test func `responses of 1xx are not the answer, neither a proxy's nor a server's`() throws {
    let server = try InProcessServer()
    defer { server.stop() }
    let proxy = try TestProxy(
      to: server.port, answer: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 Connection established\r\n\r\n")
    let client = try TestClient("ws://service.invalid/ws", proxies: proxies(proxy))
    defer { client.stop() }
    #expect(client.events.all == ["opened"])
  }

  @Test func `this machine is reached without the proxy`() throws {
    let server = try InProcessServer()
    defer { server.stop() }
    let absent = ProxySettings { $0 == "http_proxy" ? "http://127.0.0.1:1" : nil }
    let client = try TestClient("ws://127.0.0.1:\(server.port)/ws", proxies: absent)
    defer { client.stop() }
    #expect(client.events.all == ["opened"])
  }

  @Test func `a redirect is reported, not followed`() throws {
    let server = try InProcessServer {
      $0.upgrade = { _ in .refuse(HTTPResponse(status: 307, headers: [.init("location", "wss://other.example/ws")])) }
    }
    defer { server.stop() }
    let client = try TestClient("ws://127.0.0.1:\(server.port)/ws")
    defer { client.stop() }
    #expect(
      client.events.all == ["failed redirected with HTTP status 307 to wss://other.example/ws: use that address"])
  }

  @Test(arguments: [
    ("", "the connection was closed; if the server speaks TLS, use wss://"), ("SSH-2.0-x\r\n", "no HTTP: "),
    (
      "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
      "the response has another Sec-WebSocket-Accept than expected"
    ), ("HTTP/1.1 101 X\r\n\r\n", "the response has no Upgrade: websocket"),
  ])
  func `what is no WebSocket server is told from one`(answer: String, reason: String) throws {
    let fake = try TestProxy(to: nil, answer: answer)
    let client = try TestClient("ws://127.0.0.1:\(fake.port)/ws")
    defer { client.stop() }
    #expect(client.events.all.first?.hasPrefix("failed no connection: \(reason)") == true, "\(client.events.all)")
  }
}
