import Contract
import Glibc
import JSON
import Support
import Testing

@Suite struct MemoryTests {
  private func streams(_ count: Int, on server: TestServer, stopping: Bool) throws {
    for number in 1...count {
      // A stream's end comes behind everything before it: so now and then the worker has nothing waiting.
      let stopping = stopping || number % 50 == 0
      let client = try RawWebSocket(port: server.port)
      for _ in 0..<4 { try client.send(binary: [UInt8](repeating: 3, count: 1600)) }
      if stopping {
        try client.send(text: #"{"type":"stop"}"#)
        _ = try client.rest()
      } else {
        // Vanishes with its chunks half answered.
        _ = try client.message()
      }
    }
  }

  @Test(arguments: [true, false])
  func `memory does not grow with streams that have ended`(_ stopping: Bool) async throws {
    let server = try await TestServer(["--log-level", "error"])
    let worker = server.workers[0]
    try streams(300, on: server, stopping: stopping)
    let before = (server: ProcessTable.residentBytes(server.program.pid), worker: ProcessTable.residentBytes(worker))
    try streams(2000, on: server, stopping: stopping)
    // A stream that is kept costs some hundred bytes at the least; the allocator's own noise is below a megabyte.
    #expect(ProcessTable.residentBytes(worker) < before.worker + 1 << 20)
    #expect(ProcessTable.residentBytes(server.program.pid) < before.server + 2 << 20)
    #expect(server.workers == [worker])
  }

  private func heldBytes(_ server: TestServer) throws -> Int {
    let socket = try RawSocket(port: server.port)
    try socket.send("GET /api/audio/stats HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    _ = try socket.receiveHead()
    return try #require(JSONValue(parsing: socket.receiveAll())["figures"]?["held_bytes"]?.integer)
  }

  @Test func `the replies kept for a client count as held until it has gone for good`() async throws {
    let server = try await TestServer()
    let client = try RawWebSocket(port: server.port)
    try client.send(text: #"{"type":"start"}"#)
    _ = try client.message()
    for _ in 0..<50 {
      try client.send(binary: [1, 2])
      _ = try (client.message(), client.message())
    }
    #expect(try heldBytes(server) > 50 * 100)
    try client.socket.send(RawWebSocket.frame(opcode: 8, [0x03, 0xE8]))
    _ = try client.rest()
    try await eventually("nothing is held") { try heldBytes(server) == 0 }
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
    for client in clients {
      try client.send(binary: [UInt8](repeating: 1, count: 12 << 20))
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

  @Test(.enabled(if: MortalWorker.isAvailable, "\(MortalWorker.requirement)"))
  func `a worker that is too slow for those who flood it slows them, within the budget, and loses nothing`()
    async throws
  {
    let worker = try MortalWorker()
    let server = try await TestServer(
      ["--worker-path", worker.path, "--memory-budget", "32", "--log-level", "error"],
      environment: ["SLOW_WORKER": "1"])
    let load = try await Program.run(
      "audio-client",
      [
        "simulate", "--clients", "8", "--messages", "400", "--rate-ms", "0", "--chunk-bytes", "65536", "--in-flight",
        "500", "--url", server.url,
      ], within: .seconds(240))
    #expect(load.end == .status(0), "\(load.standardOutput.text)\n\(load.standardError.text)")
    // 205 MB were sent. The budget, what a queue to a worker holds of it once more, and the program itself.
    #expect(try ProcessTable.mostResidentBytes(server.program.pid) < 128 << 20)
  }
}
