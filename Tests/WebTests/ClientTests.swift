import Glibc
import IO
import Platform
import Testing
import Web

/// Our client against our server.
struct ClientTests {
  @Test func `it connects, sends both kinds and is answered`() throws {
    let server = try InProcessServer()
    defer { server.stop() }
    let client = try TestClient("ws://127.0.0.1:\(server.port)/ws")
    defer { client.stop() }
    #expect(client.events.all == ["opened"])
    client.send(binary: [1, 2, 3])
    client.sync { $0.send(text: "hällo") }
    client.send(binary: [])
    #expect(client.texts.wait(for: 3) == ["binary 3: 6", describeText("hällo"), "binary 0: 0"])
  }

  @Test func `a megabyte travels whole both ways`() throws {
    let server = try InProcessServer {
      $0.received = { connection, bytes, kind in
        connection.send(text: describe(bytes, kind))
        connection.send(text: String(repeating: "x", count: bytes.count))
      }
    }
    defer { server.stop() }
    let client = try TestClient("ws://127.0.0.1:\(server.port)/ws")
    defer { client.stop() }
    let payload = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let sum = payload.reduce(UInt32(0)) { $0 &+ UInt32($1) }
    for _ in 0..<3 { client.send(binary: payload) }
    let texts = client.texts.wait(for: 6)
    for index in stride(from: 0, to: 6, by: 2) {
      #expect(texts[index] == "binary 1048576: \(sum)")
      #expect(texts[index + 1].utf8.count == 1 << 20)
    }
  }

  @Test func `thousands of messages queued in one round arrive in order`() throws {
    let server = try InProcessServer()
    defer { server.stop() }
    let client = try TestClient("ws://127.0.0.1:\(server.port)/ws")
    defer { client.stop() }
    client.sync { connection in
      for number in 0..<20_000 {
        let bytes = [UInt8](repeating: 1, count: number % 300)
        bytes.withUnsafeBytes { connection.send(binary: $0) }
      }
      #expect(connection.unsentBytes > 20_000 * 6)
    }
    let texts = client.texts.wait(for: 20_000)
    #expect(texts == (0..<20_000).map { "binary \($0 % 300): \($0 % 300)" })
    #expect(client.events.wait() == ["opened", "drained"])
    client.sync { #expect($0.unsentBytes == 0) }
  }

  @Test func `nobody there is a failure, not a close`() throws {
    let server = try InProcessServer()
    let port = server.port
    server.stop()
    let client = try TestClient("ws://127.0.0.1:\(port)/ws")
    defer { client.stop() }
    #expect(client.events.all.count == 1)
    #expect(client.events.all[0].hasPrefix("failed no connection: "), "\(client.events.all)")
  }

  @Test func `a name nobody knows is a failure`() throws {
    let client = try TestClient("ws://no.such.host.invalid/ws")
    defer { client.stop() }
    #expect(client.events.all[0].hasPrefix("failed no connection: "), "\(client.events.all)")
  }

  @Test func `a refusal tells its HTTP status and when to come again`() throws {
    let server = try InProcessServer {
      $0.upgrade = { request in
        switch request.path {
        case "/full": .refuse(HTTPResponse(status: 503, json: "{}", headers: [.init("retry-after", "3")]))
        default: .refuse(HTTPResponse(status: 404, json: "{}"))
        }
      }
    }
    defer { server.stop() }
    let full = try TestClient("ws://127.0.0.1:\(server.port)/full")
    defer { full.stop() }
    #expect(full.events.all == ["failed refused with HTTP status 503, try again in 3 s"])
    let lost = try TestClient("ws://127.0.0.1:\(server.port)/nowhere")
    defer { lost.stop() }
    #expect(lost.events.all == ["failed refused with HTTP status 404"])
  }

  @Test(
    arguments: [
      ([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x46], "failed the server speaks TLS: use wss://"),
      (
        Array("HTTP/1.1 400 Bad Request\r\n\r\nThe plain HTTP request was sent to HTTPS port".utf8),
        "failed the server speaks TLS: use wss://"
      ),
      (Array("HTTP/1.0 400 Bad Request\r\n\r\nno such channel".utf8), "failed refused with HTTP status 400"),
      ([], "failed no connection: the connection was closed; if the server speaks TLS, use wss://"),
    ] as [([UInt8], String)])
  func `a server that speaks TLS is told by its answer to a plain request`(answer: [UInt8], told: String) throws {
    let listener = try SilentListener()
    let taken = listener.takeDescriptor()
    let server = try SystemThread { SilentListener.answerOnce(on: taken, with: answer) }
    let client = try TestClient("ws://127.0.0.1:\(listener.port)/ws")
    defer { client.stop() }
    #expect(client.events.all == [told])
    server.join()
  }

  @Test func `a server that takes the connection and says nothing times out`() throws {
    let descriptor = try SilentListener()
    let client = try TestClient("ws://127.0.0.1:\(descriptor.port)/ws", connectTimeout: .milliseconds(200))
    defer { client.stop() }
    #expect(client.events.all == ["failed no answer in time"])
    withExtendedLifetime(descriptor) {}
  }

  @Test func `both ends learn who closed, with which code and why`() throws {
    let closed = Record<Int?>()
    let server = try InProcessServer {
      $0.received = { connection, _, _ in
        connection.send(text: "last words")
        connection.close(code: 1011, reason: "broken")
        connection.send(text: "too late")
      }
      $0.closed = { closed.add($1) }
    }
    defer { server.stop() }
    let client = try TestClient("ws://127.0.0.1:\(server.port)/ws")
    defer { client.stop() }
    client.send(binary: [1])
    #expect(client.events.wait() == ["opened", "closed 1011 broken"])
    #expect(client.texts.all == ["last words"])
    #expect(closed.wait() == [1011])

    let other = try TestClient("ws://127.0.0.1:\(server.port)/ws")
    defer { other.stop() }
    other.sync { $0.close(code: 1000, reason: "done") }
    #expect(other.events.wait() == ["opened", "closed 1000 done"])
    #expect(closed.wait() == [1011, 1000])
  }

  @Test func `a connection that is cut has no close code`() throws {
    let closed = Record<Int?>()
    let server = try InProcessServer {
      $0.received = { connection, _, _ in connection.drop() }
      $0.closed = { closed.add($1) }
    }
    defer { server.stop() }
    let client = try TestClient("ws://127.0.0.1:\(server.port)/ws")
    defer { client.stop() }
    client.send(binary: [1])
    #expect(client.events.wait() == ["opened", "closed cut "])
    #expect(closed.wait() == [nil])
    let raw = try RawClient(opening: "/ws", port: server.port)
    shutdown(raw.descriptor, Int32(SHUT_RDWR))
    #expect(closed.wait() == [nil, nil])
  }

  @Test func `an attempt can be given up`() throws {
    let silent = try SilentListener()
    let events = Record<String>()
    let url = try WebSocketURL("ws://127.0.0.1:\(silent.port)/")
    let thread = try LoopThread { loop in
      let owner = Quitter(events)
      owner.client = WebSocketClient(loop: loop)
      let connection = owner.client!.connect(to: url, delegate: owner)
      loop.after(.milliseconds(50)) { connection.close(code: 1000) }
      return owner
    }
    #expect(events.wait() == ["failed no connection: given up"])
    thread.stop()
    withExtendedLifetime(silent) {}
  }

  @Test func `a client that goes away takes its attempts with it`() throws {
    let silent = try SilentListener()
    let events = Record<String>()
    let url = try WebSocketURL("ws://127.0.0.1:\(silent.port)/")
    let thread = try LoopThread { loop in
      let owner = Quitter(events)
      owner.client = WebSocketClient(loop: loop)
      for _ in 0..<3 {
        _ = owner.client!.connect(to: url, delegate: owner)
      }
      return owner
    }
    usleep(50_000)
    thread.stop()
    #expect(events.all.isEmpty)
    withExtendedLifetime(silent) {}
  }

  @Test func `closing a server tells everybody once`() throws {
    let closed = Record<Int?>()
    let server = try InProcessServer { $0.closed = { closed.add($1) } }
    let clients = try (0..<10).map { _ in try TestClient("ws://127.0.0.1:\(server.port)/ws") }
    server.stop()
    #expect(closed.wait(for: 10).count == 10)
    for client in clients {
      #expect(client.events.wait().count == 2)
      client.stop()
    }
    #expect(closed.all.count == 10)
  }
}

/// Owns its client: both go at once.
private final class Quitter: WebSocketClientDelegate {
  var client: WebSocketClient?
  let events: Record<String>
  init(_ events: Record<String>) { self.events = events }
  func opened(_ connection: ClientConnection) { events.add("opened") }
  func received(_ connection: ClientConnection, text: UnsafeRawBufferPointer) {}
  func failed(_ connection: ClientConnection, error: WebSocketError) { events.add("failed \(error)") }
  func closed(_ connection: ClientConnection, code: Int?, reason: String) { events.add("closed") }
  func drained(_ connection: ClientConnection) {}
}

/// Takes connections into its backlog and never says a word.
final class SilentListener {
  struct Failure: Error {}
  private let descriptor: Int32
  private var isTaken = false
  let port: Int

  init() throws {
    let descriptor = socket(AF_INET, 1, 0)
    self.descriptor = descriptor
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && listen(descriptor, 8) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    port = Int(UInt16(bigEndian: address.sin_port))
    guard status else { throw Failure() }
  }

  /// Answers one request, closes the connection when the client has, and stops listening.
  static func answerOnce(on listening: Int32, with answer: [UInt8]) {
    let connection = accept(listening, nil, nil)
    var buffer = [UInt8](repeating: 0, count: 4096)
    recv(connection, &buffer, buffer.count, 0)
    send(connection, answer, answer.count, 0x4000)
    shutdown(connection, Int32(SHUT_WR))
    while recv(connection, &buffer, buffer.count, 0) > 0 {}
    close(connection)
    close(listening)
  }

  /// The listening socket is the caller's from now on.
  func takeDescriptor() -> Int32 {
    isTaken = true
    return descriptor
  }

  deinit { if !isTaken { close(descriptor) } }
}
