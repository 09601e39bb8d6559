import Glibc
import Testing
import Web

/// Many at once, and too many.
struct CrowdTests {
  @Test func `a thousand connections at once are each answered, none mixed up`() throws {
    let opened = Record<Bool>()
    let server = try InProcessServer {
      $0.opened = { connection in
        connection.context = Name(connection.peer)
        opened.add(true)
      }
      $0.received = { connection, bytes, kind in
        let name = (connection.context as? Name)?.text ?? "nobody"
        connection.send(text: name == connection.peer ? describe(bytes, kind) : "mixed up")
      }
    }
    defer { server.stop() }
    let clients = try (0..<1000).map { _ in try RawClient(opening: "/ws", port: server.port) }
    opened.wait(for: 1000)
    server.sync { #expect($0.connectionCount == 1000) }
    for round in 1...3 {
      for (index, client) in clients.enumerated() { try client.send(2, [UInt8](repeating: 1, count: index * round)) }
      for (index, client) in clients.enumerated() {
        #expect(try client.text() == "binary \(index * round): \(index * round)")
      }
    }
  }

  private final class Name {
    let text: String
    init(_ text: String) { self.text = text }
  }

  @Test func `out of descriptors it waits without spinning, and goes on when there are some again`() async {
    await #expect(processExitsWith: .success) {
      var limit = rlimit(rlim_cur: 96, rlim_max: 96)
      setrlimit(__rlimit_resource_t(7), &limit)  // RLIMIT_NOFILE
      let server = try InProcessServer()
      var clients: [RawClient] = []
      // Each client and its connection take one; the last ones connect but are not accepted.
      while let client = try? RawClient(port: server.port) { clients.append(client) }
      precondition(clients.count > 20)

      func spent() -> Double {
        var usage = rusage()
        getrusage(0, &usage)  // RUSAGE_SELF
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
          + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
      }
      let before = spent()
      usleep(1_000_000)
      precondition(spent() - before < 0.5, "it spins")

      let waiting = clients.removeLast()
      clients.removeAll()
      let answer = try waiting.request(RawClient.upgrade("/ws"))
      precondition(answer.hasPrefix("HTTP/1.1 101 "))
      try waiting.send(2, [3])
      let text = try waiting.text()
      precondition(text == "binary 1: 3")
      server.stop()
    }
  }

  @Test func `what has ended is let go of`() throws {
    let server = try InProcessServer {
      $0.opened = { connection in weakly.append(connection) }
    }
    for _ in 0..<50 {
      let client = try RawClient(opening: "/ws", port: server.port)
      try client.send(2, [1])
      _ = try client.text()
      try client.send(8, [0x03, 0xE8])
      #expect(try client.next()?.closeCode == 1000)
    }
    let aborted = try (0..<50).map { _ in try RawClient(opening: "/ws", port: server.port) }
    server.sync { _ in #expect(weakly.count == 100) }
    withExtendedLifetime(aborted) {}
    server.stop()
    #expect(weakly.living == 0)
  }
}

/// Only touched by one loop's thread, and after it has ended.
private final class WeakConnections: @unchecked Sendable {
  private struct Box { weak var connection: WebSocketConnection? }
  private var boxes: [Box] = []
  func append(_ connection: WebSocketConnection) { boxes.append(Box(connection: connection)) }
  var count: Int { boxes.count }
  var living: Int { boxes.count { $0.connection != nil } }
}
private let weakly = WeakConnections()
