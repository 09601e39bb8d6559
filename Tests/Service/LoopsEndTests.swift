import Contract
import Glibc
import JSON
import Support
import Testing

/// How a server of several loops begins and ends.
@Suite struct LoopsEndTests {
  @Test(arguments: [SIGTERM, SIGINT])
  func `under load everything received is answered before the close, and no process is left`(
    _ signal: Int32
  ) async throws {
    let server = try await TestServer(["--loops", "3", "--workers", "4"])
    let workers = server.workers
    #expect(workers.count == 4)
    let clients = try (0..<12).map { _ in try RawWebSocket(port: server.port) }
    for client in clients { for _ in 0..<60 { try client.send(binary: [UInt8](repeating: 1, count: 3200)) } }
    for client in clients { _ = try client.message() }
    server.program.signal(signal)
    for client in clients {
      let (messages, code) = try client.rest()
      #expect(code == 1001)
      var accepted = [1]
      var answered: [Int] = []
      for message in messages {
        if case .accepted(_, let seq, _) = message { accepted.append(seq) }
        if case .transcription(let transcription) = message { answered.append(transcription.seq) }
      }
      #expect(accepted == Array(1...accepted.count))
      #expect(answered == accepted)
      #expect(messages.last == .failure(error: "The server is going away", code: "going_away", seq: nil))
    }
    #expect(try await server.program.ended() == .status(0))
    for worker in workers { #expect(!ProcessTable.isRunning(worker)) }
  }

  @Test func `what one loop leaves unanswered is the whole server's exit status`() async throws {
    let server = try await TestServer(["--loops", "3", "--shutdown-timeout", "0.5"])
    let clients = try (0..<3).map { _ in try RawWebSocket(port: server.port) }
    for worker in server.workers { kill(worker, SIGSTOP) }
    for client in clients { try client.send(binary: [0, 0]) }
    for client in clients { _ = try client.message() }
    // The loops' order is the workers', whose processes were not started in it: let two of them go on.
    for worker in server.workers.dropFirst() { kill(worker, SIGCONT) }
    server.program.signal(SIGTERM)
    for client in clients { #expect(try client.rest().code == 1001) }
    #expect(try await server.program.ended() == .status(1))
  }

  @Test func `a second signal ends all loops at once`() async throws {
    let server = try await TestServer(["--loops", "3", "--shutdown-timeout", "600"])
    let workers = server.workers
    for worker in workers { kill(worker, SIGSTOP) }
    let clients = try (0..<3).map { _ in try RawWebSocket(port: server.port) }
    for client in clients {
      try client.send(binary: [0, 0])
      _ = try client.message()
    }
    server.program.signal(SIGTERM)
    try await eventually("the server says it shuts down") {
      server.program.standardError.text.contains("shutting down")
    }
    server.program.signal(SIGTERM)
    #expect(try await server.program.ended() == .status(1))
    for worker in workers {
      try await eventually("the worker ends with its server") { !ProcessTable.isRunning(worker) }
    }
  }

  @Test func `no worker of any loop outlives a server that is killed`() async throws {
    let server = try await TestServer(["--loops", "3"])
    let workers = server.workers
    #expect(workers.count == 3)
    kill(workers[2], SIGSTOP)
    server.program.signal(SIGKILL)
    #expect(try await server.program.ended() == .signal(SIGKILL))
    for worker in workers {
      try await eventually("worker \(worker) ends with its server") { !ProcessTable.isRunning(worker) }
    }
  }

  @Test func `what keeps a loop from starting is said, exit 1`()
    async throws
  {
    let unable = try await Program.run("audio-server", ["--port", "0", "--loops", "3", "--worker-path", "/bin/false"])
    #expect(unable.end == .status(1))
    #expect(unable.standardError.text.contains("/bin/false"))
    let first = try await TestServer(environment: ["AUDIO_LOOPS": "2"])
    #expect(first.workers.count == 2)
    let second = try await Program.run("audio-server", ["--loops", "2", "--port", "\(first.port)"])
    #expect(second.end == .status(1))
    #expect(second.standardError.text.contains("in use"))
    let certificate = try await Program.run(
      "audio-server", ["--port", "0", "--loops", "3", "--tls-cert", "/nowhere", "--tls-key", "/nowhere"])
    #expect(certificate.end == .status(1))
    #expect(certificate.standardError.text.contains("/nowhere cannot be used for TLS: No such file"))
  }
}
