import Contract
import Glibc
import JSON
import Support
import Testing

@Suite struct WorkerLossTests {
  @Test func `what a killed worker had is measured by the next, each chunk once and in order`() async throws {
    let server = try await TestServer()
    let worker = server.workers[0]
    let client = try RawWebSocket(port: server.port)
    #expect(try client.isMeasured(seq: 1))
    // Standing still it answers nothing, so that these five are with it for certain when it dies.
    kill(worker, SIGSTOP)
    try client.send(chunks: 2...6)
    kill(worker, SIGKILL)
    try client.expectMeasured(2...6)
    #expect(try client.isMeasured(seq: 7))
    #expect(server.workers != [worker])
    let receipt = try client.receipt()
    #expect((receipt.chunks, receipt.processed, receipt.dropped, receipt.replayed) == (7, 7, 0, 5))
    #expect(receipt.level.rms > 0 && receipt.bytes == 7 * RawWebSocket.chunk.count)
    #expect(try await server.stop() == .status(0))
  }

  @Test func `a worker that hangs is replaced, and nothing is lost`() async throws {
    let server = try await TestServer(["--worker-timeout", "0.5"])
    let worker = server.workers[0]
    let client = try RawWebSocket(port: server.port)
    #expect(try client.isMeasured(seq: 1))
    kill(worker, SIGSTOP)
    try client.send(chunks: 2...4)
    try client.expectMeasured(2...4)
    #expect(!server.workers.contains(worker))
    #expect(try client.receipt().replayed == 3)
  }

  @Test func `a worker that hangs before it is up is replaced too, and holds up no shutdown`() async throws {
    let server = try await TestServer(["--worker-timeout", "2", "--shutdown-timeout", "60"])
    let first = server.workers
    let client = try RawWebSocket(port: server.port)
    #expect(try client.isMeasured(seq: 1))
    func stopNext(after pids: [Int32]) async throws -> [Int32] {
      var next: [Int32] = []
      try await eventually("another worker is started") {
        next = server.workers.filter { !pids.contains($0) }
        return !next.isEmpty
      }
      // It may be up by then: the next is caught earlier perhaps.
      for pid in next { kill(pid, SIGSTOP) }
      return next
    }
    kill(first[0], SIGKILL)
    let second = try await stopNext(after: first)
    #expect(try client.isMeasured(seq: 2))
    kill(try #require(server.workers.first { !second.contains($0) }), SIGKILL)
    _ = try await stopNext(after: first + second)
    #expect(try await server.stop() == .status(0))
  }

  @Test func `while no worker answers the server is not ready, and says why`() async throws {
    let server = try await TestServer(["--worker-timeout", "600"])
    #expect(try server.isReady)
    kill(server.workers[0], SIGSTOP)
    try await eventually("the server is not ready") {
      (try? server.get("/api/audio/ready"))?.head.hasPrefix("HTTP/1.1 503 ") == true
    }
    kill(server.workers[0], SIGCONT)
    try await eventually("the server is ready again") { (try? server.isReady) == true }
  }

  @Test func `a flush that waits for a killed worker is answered by the next`() async throws {
    let server = try await TestServer()
    let client = try RawWebSocket(port: server.port)
    #expect(try client.isMeasured(seq: 1))
    kill(server.workers[0], SIGSTOP)
    try client.send(text: #"{"type":"flush"}"#)
    try client.send(chunks: 2...2)
    try client.send(text: #"{"type":"stop"}"#)
    kill(server.workers[0], SIGKILL)
    let (messages, code) = try client.rest()
    #expect(code == 1000)
    let seqs = messages.map { message -> Int in
      switch message {
      case .transcription(let transcription): transcription.seq
      case .flushed(let seq, _): -seq
      default: 0
      }
    }
    #expect(seqs == [1, -1, 2, 2, -2, 0])
    guard case .summary(let receipt)? = messages.last else { throw TestFailure("no receipt but \(messages)") }
    #expect((receipt.chunks, receipt.processed, receipt.dropped, receipt.replayed) == (2, 2, 0, 1))
  }

  @Test func `streams on other workers notice nothing`() async throws {
    let server = try await TestServer(["--workers", "2"])
    let clients = try (0..<2).map { _ in try RawWebSocket(port: server.port) }
    for client in clients { #expect(try client.isMeasured(seq: 1)) }
    let workers = server.workers
    for worker in workers { kill(worker, SIGSTOP) }
    for client in clients { try client.send(chunks: 2...2) }
    kill(workers[0], SIGKILL)
    kill(workers[1], SIGCONT)
    for client in clients { try client.expectMeasured(2...2) }
    #expect(try clients.map { try $0.receipt().replayed }.sorted() == [0, 1])
    #expect(server.workers.contains(workers[1]))
  }

  @Test func `a server that is told to end while its worker is dead still answers everything`() async throws {
    let server = try await TestServer()
    let client = try RawWebSocket(port: server.port)
    #expect(try client.isMeasured(seq: 1))
    let worker = server.workers[0]
    kill(worker, SIGSTOP)
    try client.send(chunks: 2...20)
    server.program.signal(SIGTERM)
    try await Task.sleep(for: .milliseconds(200))
    kill(worker, SIGKILL)
    try client.expectMeasured(2...20)
    let (_, code) = try client.rest()
    #expect(code == 1001)
    #expect(try await server.program.ended() == .status(0))
  }

  @Test(
    .enabled(if: MortalWorker.isAvailable, "\(MortalWorker.requirement)"),
    arguments: LongForm.either([.crash, .kill, .hang], orShort: [.crash, .hang]) as [MortalWorker.Poison])
  func `a chunk that kills each worker is answered with an error, and everyone goes on`(_ poison: MortalWorker.Poison)
    async throws
  {
    let worker = try MortalWorker()
    let server = try await TestServer(["--worker-path", worker.path, "--worker-timeout", "0.5"])
    let clients = try (0..<5).map { _ in try RawWebSocket(port: server.port) }
    for client in clients { #expect(try client.isMeasured(seq: 1)) }
    // Everyone has something with the worker when it dies; one of them what it dies of, twice.
    kill(server.workers[0], SIGSTOP)
    for client in clients { try client.send(chunks: 2...4) }
    for _ in 0..<2 {
      try clients[2].send(binary: poison.chunk(bytes: 3200))
      _ = try clients[2].message()
    }
    for client in clients { try client.send(binary: RawWebSocket.chunk) }
    kill(server.workers[0], SIGCONT)
    for client in clients { try client.send(text: #"{"type":"stop"}"#) }
    for (index, client) in clients.enumerated() {
      let (messages, code) = try client.rest()
      #expect(code == 1000)
      var answered: [Int] = []
      var failed: [Int] = []
      for message in messages {
        switch message {
        case .transcription(let transcription): answered.append(transcription.seq)
        case .failure(let error, nil, let seq?):
          failed.append(seq)
          #expect(error.contains("Chunk \(seq) crashed two workers"))
        default: break
        }
      }
      #expect(failed == (index == 2 ? [5, 6] : []))
      // The last chunk's answer comes once more for the stop.
      #expect(answered == (index == 2 ? [2, 3, 4, 7, 7] : [2, 3, 4, 5, 5]))
      guard case .summary(let receipt)? = messages.last else { throw TestFailure("no receipt but \(messages)") }
      #expect((receipt.dropped, receipt.processed) == (index == 2 ? (2, 5) : (0, 5)))
    }
    #expect(try await server.stop() == .status(0))
  }

  @Test(.enabled(if: MortalWorker.isAvailable, "\(MortalWorker.requirement)"))
  func `a worker that may not have the memory it wants is replaced, and everyone goes on`() async throws {
    let worker = try MortalWorker()
    let server = try await TestServer(["--worker-path", worker.path, "--worker-memory", "64"])
    let clients = try (0..<2).map { _ in try RawWebSocket(port: server.port) }
    for client in clients { #expect(try client.isMeasured(seq: 1)) }
    try clients[0].send(binary: MortalWorker.Poison.greed.chunk(bytes: 3200))
    guard case .accepted(_, 2, _) = try clients[0].message() else { throw TestFailure("chunk 2 not acknowledged") }
    guard case .failure(let error, nil, 2) = try clients[0].message() else { throw TestFailure("chunk 2 did not fail") }
    #expect(error.contains("Chunk 2 crashed two workers"))
    #expect(server.program.standardError.text.contains("Aborted"))
    #expect(try clients[0].isMeasured(seq: 3))
    #expect(try clients[1].isMeasured(seq: 2))
    #expect(try clients[0].receipt().dropped == 1)
    #expect(try clients[1].receipt().dropped == 0)
  }

  @Test(.enabled(if: MortalWorker.isAvailable, "\(MortalWorker.requirement)"))
  func `no second worker dies of sound that was answered and that its engine does not need`() async throws {
    let worker = try MortalWorker()
    let server = try await TestServer(["--worker-path", worker.path])
    let client = try RawWebSocket(port: server.port)
    #expect(try client.isMeasured(seq: 1))
    let first = server.workers
    try client.send(binary: MortalWorker.Poison.later.chunk(bytes: 3200))
    guard case .accepted(_, 2, _) = try client.message() else { throw TestFailure("chunk 2 not acknowledged") }
    try client.expectMeasured(2...2)
    var second: [Int32] = []
    try await eventually("another worker") {
      second = server.workers
      return second.count == 1 && second != first
    }
    // Its figures are known all the same: the stop repeats them.
    #expect(try client.receipt().processed == 2)
    #expect(server.workers == second)
  }

  @Test(
    .enabled(if: MortalWorker.isAvailable, "\(MortalWorker.requirement)"),
    .enabled(if: SpeechFiles.areExpected, "\(SpeechFiles.reason)"))
  func `sound of which workers die after it was answered is given up in the end`() async throws {
    let worker = try MortalWorker()
    let server = try await TestServer(["--worker-path", worker.path, "--engine", "speech"])
    let clients = try (0..<2).map { _ in try RawWebSocket(port: server.port) }
    for client in clients { #expect(try client.isMeasured(seq: 1)) }
    try clients[0].send(binary: MortalWorker.Poison.later.chunk(bytes: 3200))
    guard case .accepted(_, 2, _) = try clients[0].message() else { throw TestFailure("chunk 2 not acknowledged") }
    try clients[0].expectMeasured(2...2)
    try await eventually("the sound is given up") {
      server.program.standardError.text.contains("replacing audio with silence")
    }
    try await eventually("a worker lives on") {
      let worker = server.workers
      try await Task.sleep(for: .milliseconds(300))
      return !worker.isEmpty && server.workers == worker
    }
    #expect(try clients[0].isMeasured(seq: 3))
    #expect(try clients[1].isMeasured(seq: 2))
    #expect(try clients[0].receipt().processed == 3)
    #expect(try clients[1].receipt().dropped == 0)
  }

  @Test func `health stays well and new clients are served after every worker was killed again and again`() async throws
  {
    let server = try await TestServer(["--workers", "2"])
    for _ in 0..<5 {
      for worker in server.workers { kill(worker, SIGKILL) }
      let client = try RawWebSocket(port: server.port)
      #expect(try client.isMeasured(seq: 1))
      #expect(try client.receipt().processed == 1)
    }
    #expect(try await server.stop() == .status(0))
  }
}
