import Contract
import Glibc
import Support
import Testing

@Suite struct MemoryBudgetTests {
  @Test func `the replies kept for a client count as held until it has gone for good`() async throws {
    let server = try await TestServer()
    let client = try RawWebSocket(port: server.port)
    try client.send(text: #"{"type":"start"}"#)
    _ = try client.message()
    for _ in 0..<50 {
      try client.send(binary: [1, 2])
      _ = try (client.message(), client.message())
    }
    #expect(try server.figure("held_bytes") > 50 * 100)
    try client.socket.send(RawWebSocket.frame(opcode: 8, [0x03, 0xE8]))
    _ = try client.rest()
    try await eventually("nothing is held") { try server.figure("held_bytes") == 0 }
  }

  @Test func `with the budget used up nobody new is taken on, and told when to come again`() async throws {
    let server = try await TestServer(["--memory-budget", "32", "--worker-timeout", "600"])
    func upgrade() throws -> String {
      let socket = try RawSocket(port: server.port)
      try socket.send(RawWebSocket.request(path: "/api/audio/ws", port: server.port))
      return try socket.receiveHead()
    }
    kill(server.workers[0], SIGSTOP)
    let clients = try (0..<2).map { _ in try RawWebSocket(port: server.port) }
    // Each counts twice: kept until it is answered, and queued for the worker.
    for (client, size) in zip(clients, [12 << 20, 4 << 20]) {
      try client.send(binary: [UInt8](repeating: 1, count: size))
      guard case .accepted = try client.message() else { throw TestFailure("the chunk is not acknowledged") }
    }
    let refusal = try upgrade()
    #expect(refusal.hasPrefix("HTTP/1.1 503 "))
    #expect(refusal.lowercased().contains("\r\nretry-after: 5\r\n"))
    kill(server.workers[0], SIGCONT)
    for client in clients {
      guard case .transcription = try client.message() else { throw TestFailure("the chunk is not answered") }
    }
    try await eventually("there is room again") { try upgrade().hasPrefix("HTTP/1.1 101 ") }
  }
}
