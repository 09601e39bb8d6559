import Contract
import Glibc
import Support
import Testing

/// Clients that take all they can, against the real server: it stays within its budget, and takes others in.
@Suite struct FloodTests {
  /// Whether a stream is opened and a chunk of it answered, from that address.
  private func isServed(_ server: TestServer, from lastByte: UInt32 = 1) -> Bool {
    guard let socket = try? RawSocket(port: server.port, from: lastByte),
      (try? socket.send(RawWebSocket.request(path: "/api/audio/ws", port: server.port))) != nil,
      let head = try? socket.receiveHead()
    else { return false }
    return head.hasPrefix("HTTP/1.1 101 ")
  }

  /// A whole message, announced and sent but for its last byte.
  private func unfinished(_ count: Int) -> [UInt8] {
    RawWebSocket.frame(opcode: 2, [UInt8](repeating: 0, count: count)).dropLast()
  }

  @Test func `unfinished messages are held within the budget, and the largest go first`() async throws {
    let server = try await TestServer(["--memory-budget", "32", "--log-level", "error"])
    let before = ProcessTable.residentBytes(server.program.pid)
    let live = try RawWebSocket(port: server.port)
    let (_, session) = try live.begin()
    let flood = try (0..<LongForm.either(60, orShort: 8)).map { _ in try RawWebSocket(port: server.port) }
    let most = unfinished(15 << 20)
    // One that has begun a message is let go with the reason, and may send no more; the first has the largest.
    try? flood[0].socket.send(most)
    let less = unfinished(14 << 20)
    for client in flood.dropFirst() { try? client.socket.send(less) }
    #expect(try server.figure("held_bytes") <= 32 << 20)
    #expect(try server.figure("messages_dropped_total") >= flood.count - 2)
    let (messages, code) = try flood[0].rest()
    guard case .failure(_, "memory_short", nil)? = messages.last else { throw TestFailure("\(messages)") }
    #expect(code == 1013)
    #expect(try live.isMeasured(seq: 1))
    #expect(isServed(server))
    #expect(try Sanitizer.isOn || ProcessTable.mostResidentBytes(server.program.pid) < before + 64 << 20)

    // A session whose message was dropped is taken up again.
    try? live.socket.send(unfinished(16 << 20))
    let largest = try RawWebSocket(port: server.port)
    try? largest.socket.send(most)
    try? RawWebSocket(port: server.port).socket.send(most)
    _ = try? live.rest()
    let again = try RawWebSocket(port: server.port)
    try again.resume(session, answered: 1)
    guard case .started(_, session, _, 1) = try again.message() else { throw TestFailure("not taken up") }
  }

  @Test(.enabled(if: ContractRun.hasPython, "\(ContractRun.reason)"))
  func `idle streams whose sound is kept for a dead worker keep nobody out`() async throws {
    let worker = try ScriptedWorker()
    let server = try await TestServer(
      ["--worker-path", worker.path, "--engine", "speech", "--memory-budget", "64", "--log-level", "error"])
    let misers = try (0..<6).map { _ in
      try RawWebSocket(port: server.port, query: "sample_rate=384000&channels=8&encoding=f32le")
    }
    for miser in misers {
      _ = try miser.begin()
      for _ in 0..<4 {
        try miser.send(binary: [UInt8](repeating: 0, count: 6 << 20))
        while case .accepted = try miser.message() {}
      }
    }
    try await eventually("what is over the budget is dropped") { try server.figure("held_bytes") <= 64 << 20 }
    let dropped = try server.figure("replay_bytes_dropped_total")
    #expect(dropped > 64 << 20)
    #expect(isServed(server))
    #expect(try server.isReady)
    // Each is told what of its sound went, and none was closed.
    var toldBytes = 0.0
    for miser in misers {
      try miser.send(text: #"{"type":"ping"}"#)
      var message = try miser.message()
      while message != .pong(id: nil) {
        if case .notice("replay_dropped", _, let start, let end, _) = message {
          toldBytes += (end - start) * 384_000 * 8 * 4
        }
        message = try miser.message()
      }
      #expect(try miser.receipt().chunks == 4)
    }
    // What the pieces' heads take counts, too.
    #expect(abs(toldBytes - Double(dropped)) < 65_536, "\(toldBytes) of \(dropped)")
  }

  @Test(.enabled(if: ContractRun.hasPython, "\(ContractRun.reason)"))
  func `chunks with next to no sound count with what they take`() async throws {
    let worker = try ScriptedWorker()
    let server = try await TestServer(["--worker-path", worker.path, "--engine", "speech", "--log-level", "error"])
    let client = try RawWebSocket(port: server.port, query: "updates=true")
    let chunks = LongForm.either(500_000, orShort: 50_000)
    let before = ProcessTable.residentBytes(server.program.pid)
    let hundred = (0..<100).flatMap { _ in RawWebSocket.frame(opcode: 2, [1]) }
    for _ in 0..<chunks / 100 {
      try client.socket.send(hundred)
      for _ in 0..<200 { _ = try client.receive() }
    }
    let held = try server.figure("held_bytes")
    #expect(held >= min(chunks * 100, 32 << 20))
    #expect(Sanitizer.isOn || ProcessTable.residentBytes(server.program.pid) - before < held * 3 / 2 + 4 << 20)
  }

  @Test(.enabled(if: ContractRun.hasPython, "\(ContractRun.reason)"), arguments: [2, 1] as [UInt32])
  func `half requests from one address keep nobody out`(from lastByte: UInt32) async throws {
    let server = try await TestServer(["--log-level", "error"])
    let seconds = LongForm.either(20, orShort: 4)
    let attacker = try Program(
      ContractRun.python,
      [
        "-B", "\(TextFile.repository)/Benchmarks/Floods/floods.py", "half-requests", "--port", "\(server.port)",
        "--source", "127.0.0.\(lastByte)", "--seconds", "\(seconds)",
      ])
    var served = 0
    for _ in 0..<48 {
      if isServed(server) { served += 1 }
      usleep(UInt32(seconds) * 1_000_000 / 60)
    }
    #expect(served == 48)
    #expect(try await attacker.ended() == .status(0), "\(attacker.standardError.text)")
  }
}
