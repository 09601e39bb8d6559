import Contract
import Glibc
import Support
import Testing

@Suite struct ShutdownTests {
  /// What came before a close: which chunks were acknowledged and which answered, in order.
  private func account(_ messages: [ServerMessage]) -> (accepted: [Int], answered: [Int]) {
    var accepted: [Int] = []
    var answered: [Int] = []
    for message in messages {
      if case .accepted(_, let seq, _) = message { accepted.append(seq) }
      if case .transcription(let transcription) = message { answered.append(transcription.seq) }
    }
    return (accepted, answered)
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func `everything received is answered before the close, and no process is left`(_ signal: Int32) async throws {
    let server = try await TestServer()
    let workers = server.workers
    #expect(workers.count == 1)
    var clients: [RawWebSocket] = []
    for _ in 0..<8 {
      let client = try RawWebSocket(port: server.port)
      for _ in 0..<60 { try client.send(binary: [UInt8](repeating: 1, count: 3200)) }
      clients.append(client)
    }
    // What has been acknowledged first is under way; the rest may still be in the sockets.
    for client in clients { _ = try client.message() }
    server.program.signal(signal)
    for client in clients {
      let (messages, code) = try client.rest()
      #expect(code == 1001)
      let (accepted, answered) = account(messages)
      #expect(accepted == Array(2..<(accepted.count + 2)))
      #expect(answered == [1] + accepted)
      #expect(messages.last == .failure(error: "The server is going away", code: "going_away", seq: nil))
    }
    #expect(try await server.program.ended() == .status(0))
    for worker in workers { #expect(!ProcessTable.isRunning(worker)) }
  }

  @Test func `after the signal no new connection is taken`() async throws {
    let server = try await TestServer()
    kill(server.workers[0], SIGSTOP)
    let client = try RawWebSocket(port: server.port)
    try client.send(binary: [0, 0])
    _ = try client.message()
    server.program.signal(SIGTERM)
    try await eventually("new connections are refused") {
      do {
        _ = try RawWebSocket(port: server.port)
        return false
      } catch { return true }
    }
    kill(server.workers[0], SIGCONT)
    let (messages, code) = try client.rest()
    #expect(code == 1001)
    #expect(account(messages).answered == [1])
    #expect(try await server.program.ended() == .status(0))
  }

  @Test func `a second signal ends at once, though something is unanswered`() async throws {
    let server = try await TestServer(["--shutdown-timeout", "600"])
    let workers = server.workers
    // A worker that stands still: the shutdown would wait for it ten minutes.
    kill(workers[0], SIGSTOP)
    let client = try RawWebSocket(port: server.port)
    try client.send(binary: [0, 0])
    _ = try client.message()
    server.program.signal(SIGTERM)
    try await eventually("the server says it shuts down") {
      server.program.standardError.text.contains("shutting down")
    }
    #expect(server.program.end == nil)
    server.program.signal(SIGTERM)
    #expect(try await server.program.ended() == .status(1))
    try await eventually("the worker ends with its server") { !ProcessTable.isRunning(workers[0]) }
  }

  @Test func `a worker that stands still holds the shutdown up no longer than the time-out`() async throws {
    let server = try await TestServer(["--shutdown-timeout", "0.5"])
    let workers = server.workers
    kill(workers[0], SIGSTOP)
    let client = try RawWebSocket(port: server.port)
    try client.send(binary: [0, 0])
    _ = try client.message()
    server.program.signal(SIGTERM)
    let (messages, code) = try client.rest()
    #expect(code == 1001)
    #expect(account(messages).answered.isEmpty)
    #expect(try await server.program.ended() == .status(1))
    try await eventually("the worker ends with its server") { !ProcessTable.isRunning(workers[0]) }
  }

  @Test func `a client that never reads holds the shutdown up no longer than the time-out`() async throws {
    let server = try await TestServer(["--shutdown-timeout", "1"])
    let client = try RawWebSocket(port: server.port, receiveBuffer: 4096)
    for _ in 0..<500 { try client.send(binary: [UInt8](repeating: 1, count: 64)) }
    server.program.signal(SIGTERM)
    let end = try await server.program.ended()
    #expect(end == .status(0) || end == .status(1))
    withExtendedLifetime(client) {}
  }

  @Test func `no worker outlives a server that is killed`() async throws {
    let server = try await TestServer(["--workers", "3"])
    let workers = server.workers
    #expect(workers.count == 3)
    // One of them in the middle of nothing, one standing still.
    kill(workers[1], SIGSTOP)
    server.program.signal(SIGKILL)
    #expect(try await server.program.ended() == .signal(SIGKILL))
    for worker in workers {
      try await eventually("worker \(worker) ends with its server") { !ProcessTable.isRunning(worker) }
    }
  }

  @Test func `an idle server ends at once and well`() async throws {
    let server = try await TestServer()
    let idle = try RawWebSocket(port: server.port)
    server.program.signal(SIGTERM)
    let (messages, code) = try idle.rest()
    #expect(try await server.program.ended() == .status(0))
    #expect(messages == [.failure(error: "The server is going away", code: "going_away", seq: nil)])
    #expect(code == 1001)
  }
}
