import Glibc
import Support
import Testing
import Wire

@Suite struct WorkerLossTests {
  private let chunk = [UInt8](repeating: 7, count: 3200)

  /// Sends a chunk and reads up to its answer; whether it was measured.
  private func isMeasured(_ client: RawWebSocket, seq: Int) throws -> Bool {
    try client.send(binary: chunk)
    while true {
      switch try client.message() {
      case .accepted(_, seq, _): continue
      case .transcription(let transcription) where transcription.seq == seq: return true
      case .failure(_, nil, seq): return false
      case let other: throw TestFailure("\(other) came instead of the answer to chunk \(seq)")
      }
    }
  }

  /// The receipt that `stop` brings.
  private func receipt(_ client: RawWebSocket) throws -> Receipt {
    try client.send(text: #"{"type":"stop"}"#)
    let (messages, code) = try client.rest()
    guard code == 1000, case .summary(let receipt)? = messages.last else {
      throw TestFailure("no receipt but \(messages), closed with \(String(describing: code))")
    }
    return receipt
  }

  @Test func `the chunks a killed worker had get an error each, and the stream goes on with the next worker`()
    async throws
  {
    let server = try await TestServer()
    let worker = server.workers[0]
    let client = try RawWebSocket(port: server.port)
    #expect(try isMeasured(client, seq: 1))
    // Standing still it answers nothing, so that these five are with it for certain when it dies.
    kill(worker, SIGSTOP)
    for seq in 2...6 {
      try client.send(binary: chunk)
      guard case .accepted(_, seq, _) = try client.message() else { throw TestFailure("chunk \(seq) not acknowledged") }
    }
    kill(worker, SIGKILL)
    for seq in 2...6 {
      let message = try client.message()
      guard case .failure(let error, nil, seq) = message else { throw TestFailure("\(message) for chunk \(seq)") }
      #expect(!error.isEmpty)
    }
    var seq = 7
    var lost = 5
    while try !isMeasured(client, seq: seq) {
      seq += 1
      lost += 1
      try await Task.sleep(for: .milliseconds(20))
      guard seq < 3000 else { throw TestFailure("no worker measured anything again") }
    }
    #expect(server.workers != [worker])
    let receipt = try receipt(client)
    #expect(receipt.chunks == seq)
    #expect(receipt.dropped == lost)
    #expect(receipt.processed == receipt.chunks - receipt.dropped)
    #expect(receipt.bytes == seq * chunk.count)
    #expect(try await server.stop() == .status(0))
  }

  @Test func `a flush that waits for a killed worker is answered`() async throws {
    let server = try await TestServer()
    let client = try RawWebSocket(port: server.port)
    #expect(try isMeasured(client, seq: 1))
    kill(server.workers[0], SIGSTOP)
    try client.send(binary: chunk)
    try client.send(text: #"{"type":"stop"}"#)
    guard case .accepted(_, 2, _) = try client.message() else { throw TestFailure("chunk 2 not acknowledged") }
    kill(server.workers[0], SIGKILL)
    let (messages, code) = try client.rest()
    #expect(code == 1000)
    guard case .summary(let receipt)? = messages.last else { throw TestFailure("no receipt but \(messages)") }
    #expect((receipt.chunks, receipt.processed, receipt.dropped) == (2, 1, 1))
    #expect(messages.contains(.flushed(seq: 2)))
  }

  @Test func `streams on other workers notice nothing`() async throws {
    let server = try await TestServer(["--workers", "2"])
    let clients = try (0..<2).map { _ in try RawWebSocket(port: server.port) }
    for client in clients { #expect(try isMeasured(client, seq: 1)) }
    for worker in server.workers { kill(worker, SIGSTOP) }
    for client in clients {
      try client.send(binary: chunk)
      guard case .accepted(_, 2, _) = try client.message() else { throw TestFailure("chunk 2 not acknowledged") }
    }
    let workers = server.workers
    kill(workers[0], SIGKILL)
    kill(workers[1], SIGCONT)
    let answers = try clients.map { try $0.message() }
    #expect(answers.filter { if case .transcription = $0 { true } else { false } }.count == 1)
    #expect(answers.filter { if case .failure(_, nil, 2) = $0 { true } else { false } }.count == 1)
  }

  @Test func `health stays well and new clients are served after every worker was killed again and again`() async throws
  {
    let server = try await TestServer(["--workers", "2"])
    for _ in 0..<5 {
      for worker in server.workers { kill(worker, SIGKILL) }
      let client = try RawWebSocket(port: server.port)
      var seq = 1
      while try !isMeasured(client, seq: seq) {
        seq += 1
        try await Task.sleep(for: .milliseconds(20))
        guard seq < 3000 else { throw TestFailure("no worker measured anything again") }
      }
      let receipt = try receipt(client)
      #expect(receipt.processed == 1 && receipt.chunks == seq)
    }
    #expect(try await server.stop() == .status(0))
  }
}
