import Contract
import Glibc
import JSON
import Support
import Testing

/// Several loops behind one port, each with a worker of its own.
@Suite struct LoopsTests {

  private func server(_ flags: [String] = []) async throws -> TestServer {
    let server = try await TestServer(["--loops", "3"] + flags)
    #expect(server.workers.count == 3)
    return server
  }

  /// How many streams each loop's worker has.
  private func streams(of server: TestServer) throws -> [Int] {
    try server.stats()["workers"]?.array?.map { $0["streams"]?.integer ?? -1 } ?? []
  }

  /// The processes of the loops' workers, in the loops' order.
  private func workers(of server: TestServer) throws -> [Int32] {
    try server.stats()["workers"]?.array?.map { Int32($0["pid"]?.integer ?? 0) } ?? []
  }

  @Test func `fifty clients lose nothing and mix nothing up, and the figures add up whoever is asked`() async throws {
    let server = try await server()
    let clients = try (0..<50).map { _ in try RawWebSocket(port: server.port) }
    for seq in 1...20 {
      for (number, client) in clients.enumerated() {
        try client.send(binary: [UInt8](repeating: UInt8(number), count: 2 * (number + seq)))
      }
    }
    var ids: Set<Int> = []
    var bytes = 0
    // Clients are dealt out in turn: the first loop has one or two more.
    try await eventually("all have a worker") { try streams(of: server).reduce(0, +) == 50 }
    for loop in try streams(of: server) { #expect((16...18).contains(loop)) }
    for (number, client) in clients.enumerated() {
      try client.send(text: #"{"type":"stop"}"#)
      let (messages, code) = try client.rest()
      guard code == 1000, case .summary(let receipt)? = messages.last else { throw TestFailure("no receipt") }
      #expect(ids.insert(receipt.clientID).inserted)
      #expect((receipt.chunks, receipt.processed, receipt.dropped, receipt.replayed) == (20, 20, 0, 0))
      #expect(receipt.bytes == (1...20).reduce(0) { $0 + 2 * (number + $1) })
      #expect(abs(receipt.level.peak - Double(number * 257) / 32_768) < 1e-6)
      bytes += receipt.bytes
      var answered: [Int] = []
      for case .transcription(let reply) in messages where reply.seq > answered.last ?? 0 {
        answered.append(reply.seq)
        #expect(
          reply.text?.text == "mock transcription for client \(receipt.clientID) msg#\(reply.seq) "
            + "(binary \(2 * (number + reply.seq)) bytes)")
      }
      #expect(answered == Array(1...20))
    }
    // Each request goes to another loop.
    for _ in 0..<3 {
      let figures = try server.stats()["figures"]
      #expect(figures?["chunks_total"]?.integer == 1000)
      #expect(figures?["processed_total"]?.integer == 1000)
      #expect(figures?["bytes_total"]?.integer == bytes)
      #expect(figures?["connections_total"]?.integer == 50)
      #expect(try server.isReady)
      #expect(try server.get("/metrics").body.contains("audio_chunks_total 1000\n"))
    }
    #expect(try await server.stop() == .status(0))
    for loop in [0, 1, 2] { #expect(server.program.standardError.text.contains("worker=\(loop + 1) ")) }
    for word in ["listening on", "shutting down", " stopped"] {
      #expect(server.program.standardError.lines.count { $0.contains(word) } == 1)
    }
  }

  /// Clients that are there so that it is known which loop takes the next: four on each, the first connections there
  /// are.
  private func crowd(on server: TestServer) throws -> [[RawWebSocket]] {
    var crowd: [[RawWebSocket]] = [[], [], []]
    for number in 0..<12 { crowd[number % 3].append(try RawWebSocket(port: server.port)) }
    return crowd
  }

  /// A session on the first loop whose connection is gone, with `answered` chunks answered.
  private func session(
    on server: TestServer, answered: Int, then: (RawWebSocket) throws -> Void = { _ in }
  ) async throws -> (id: Int, name: String) {
    let (id, name) = try {
      let first = try RawWebSocket(port: server.port)
      let begun = try first.begin()
      for seq in 1...answered {
        try first.send(chunks: seq...seq)
        try first.expectMeasured(seq...seq)
      }
      try then(first)
      first.socket.reset()
      return begun
    }()
    try await eventually("the server has noticed") { try server.figure("clients_away") == 1 }
    return (id, name)
  }

  /// A new connection on `loop`, for which so many of the crowd leave: it has the fewest then, also if a request that
  /// was just answered is still counted there.
  private func newcomer(
    on loop: Int, for leaving: Int, of crowd: inout [[RawWebSocket]], _ server: TestServer
  ) async throws -> RawWebSocket {
    let before = try server.figure("clients")
    crowd[loop].removeLast(leaving)
    try await eventually("they have left") { try server.figure("clients") == before - leaving }
    return try RawWebSocket(port: server.port)
  }

  @Test func `a session goes on on another loop, and back again`() async throws {
    let server = try await server()
    var crowd = try crowd(on: server)
    let (id, session) = try await session(on: server, answered: 5)
    #expect(try streams(of: server) == [1, 0, 0])
    let second = try await newcomer(on: 1, for: 2, of: &crowd, server)
    try second.resume(session, answered: 3)
    // Not read before the session is there.
    try second.send(binary: RawWebSocket.chunk)
    try second.expectResumed(id, seq: 5)
    try second.expectMeasured(4...5)
    guard case .accepted(id, 6, 3200) = try second.message() else { throw TestFailure("chunk 6 not acknowledged") }
    try second.expectMeasured(6...6)
    #expect(try streams(of: server) == [0, 1, 0])
    #expect(try server.figure("resumptions_total") == 1)

    // Half open: the connection is there still when its client comes back over another, on the third loop.
    let third = try await newcomer(on: 2, for: 3, of: &crowd, server)
    try third.resume(session, answered: 6)
    try third.expectResumed(id, seq: 6)
    #expect(throws: TestFailure.self) { try second.receive() }
    try third.send(chunks: 7...7)
    try third.expectMeasured(7...7)
    #expect(try streams(of: server) == [0, 0, 1])
    let receipt = try third.receipt()
    #expect(
      (receipt.clientID, receipt.chunks, receipt.processed, receipt.dropped, receipt.replayed) == (id, 7, 7, 0, 0))
    #expect(receipt.sha256 == (try await Program.sha256((0..<7).flatMap { _ in RawWebSocket.chunk })))
    crowd = []
    // Its replies are kept, no sound.
    try await eventually("the crowd has left") { try server.figure("clients") == 0 }
    #expect(try (1..<2 * 3200).contains(server.figure("held_bytes")))
    #expect(try await server.stop() == .status(0))
  }

  @Test func `the receipt of a session that ended meanwhile is told on another loop`() async throws {
    let server = try await server()
    var crowd = try crowd(on: server)
    let (id, session) = try await session(on: server, answered: 1) {
      try $0.send(text: #"{"type":"stop"}"#)
      guard case .transcription = try $0.message(), case .flushed(1, _) = try $0.message() else {
        throw TestFailure("not stopped")
      }
    }
    let second = try await newcomer(on: 1, for: 2, of: &crowd, server)
    try second.resume(session, answered: 1)
    try second.expectResumed(id, seq: 1)
    let (messages, code) = try second.rest()
    #expect(code == 1000)
    guard case .summary(let receipt)? = messages.last else { throw TestFailure("no receipt but \(messages)") }
    #expect((receipt.clientID, receipt.chunks, receipt.processed) == (id, 1, 1))
  }

  @Test func `a session that is not there, or is asked for wrongly, is refused on every loop`() async throws {
    let server = try await server()
    var crowd = try crowd(on: server)
    let (id, session) = try await session(on: server, answered: 2)
    let second = try await newcomer(on: 1, for: 2, of: &crowd, server)
    func error(_ client: RawWebSocket) throws -> String {
      guard case .failure(let error, nil, nil) = try client.message() else { throw TestFailure("no refusal") }
      return error
    }
    try second.resume("nobody", answered: 0)
    #expect(try error(second) == "resume: no such session, or it has expired: start a new one")
    try second.resume(session, answered: 3)
    #expect(
      try error(second) == #"resume: answered: expected an integer from 0 to 2, the last chunk received, got "3""#)
    // It is read again.
    try second.send(chunks: 1...1)
    try second.expectMeasured(1...1)
    try second.resume(session, answered: 2)
    #expect(try error(second) == "resume: expected as the first message of a connection")
    let third = try await newcomer(on: 2, for: 3, of: &crowd, server)
    try third.resume(session, answered: 2)
    try third.expectResumed(id, seq: 2)
  }

  @Test(arguments: [false, true])
  func `a session goes on elsewhere when what its worker has is answered, by that or, if it dies, by the next`(
    dies: Bool
  ) async throws {
    let server = try await server(["--worker-timeout", "60"])
    var crowd = try crowd(on: server)
    let worker = try workers(of: server)[0]
    let (id, session) = try await session(on: server, answered: 1)
    // Over this connection, half open later, the worker is given what it does not answer.
    let first = try await newcomer(on: 0, for: 2, of: &crowd, server)
    try first.resume(session, answered: 1)
    try first.expectResumed(id, seq: 1)
    kill(worker, SIGSTOP)
    try first.send(chunks: 2...6)
    let second = try await newcomer(on: 1, for: 3, of: &crowd, server)
    try second.resume(session, answered: 1)
    #expect(throws: TestFailure.self) { try first.receive() }
    try second.send(binary: RawWebSocket.chunk)
    // The newest wins: who waits already is somebody the client has given up.
    let third = try await newcomer(on: 2, for: 4, of: &crowd, server)
    try third.resume(session, answered: 1)
    #expect(throws: TestFailure.self) { try second.receive() }
    try third.send(binary: RawWebSocket.chunk)
    kill(worker, dies ? SIGKILL : SIGCONT)
    try third.expectResumed(id, seq: 6)
    try third.expectMeasured(2...6)
    guard case .accepted(id, 7, _) = try third.message() else { throw TestFailure("chunk 7 not acknowledged") }
    try third.expectMeasured(7...7)
    #expect(try streams(of: server) == [0, 0, 1])
    let receipt = try third.receipt()
    #expect((receipt.processed, receipt.dropped, receipt.replayed) == (7, 0, dies ? 5 : 0))
    #expect(try await server.stop() == .status(0))
  }

  @Test func `what killed workers had is measured by the next of their loops`() async throws {
    let server = try await server()
    let clients = try (0..<6).map { _ in try RawWebSocket(port: server.port) }
    for client in clients {
      try client.send(chunks: 1...1)
      try client.expectMeasured(1...1)
    }
    let killed = try workers(of: server).dropFirst()
    for worker in killed { kill(worker, SIGSTOP) }
    for (number, client) in clients.enumerated() where number % 3 != 0 { try client.send(chunks: 2...4) }
    for seq in 2...4 {
      for client in [clients[0], clients[3]] {
        try client.send(chunks: seq...seq)
        try client.expectMeasured(seq...seq)
      }
    }
    for worker in killed { kill(worker, SIGKILL) }
    for (number, client) in clients.enumerated() where number % 3 != 0 { try client.expectMeasured(2...4) }
    for (number, client) in clients.enumerated() {
      let receipt = try client.receipt()
      #expect((receipt.processed, receipt.dropped, receipt.replayed) == (4, 0, number % 3 == 0 ? 0 : 3))
    }
    #expect(try server.figure("workers_lost_total") == 2)
    #expect(try await server.stop() == .status(0))
  }

  @Test func `an address's connections are counted over all loops`() async throws {
    let server = try await server(["--max-connections-per-address", "5"])
    var clients = try (0..<5).map { _ in try RawWebSocket(port: server.port) }
    for _ in 0..<3 {
      let error = #expect(throws: TestFailure.self) { try RawWebSocket(port: server.port) }
      #expect("\(String(describing: error))".contains("429"))
    }
    #expect(try server.figure("refusals_total") == 3)
    clients[1].socket.reset()
    clients.remove(at: 1)
    try await eventually("there is room again") { (try? RawWebSocket(port: server.port)) != nil }
  }

  @Test func `a token that is removed closes its streams on every loop`() async throws {
    let folder = try TemporaryFolder()
    let tokens = "\(folder.path)/tokens"
    let added = try await Program.run("audio-server", ["token", "add", "alice", "--auth-tokens", tokens])
    let alice = try #require(added.standardOutput.lines.first)
    let server = try await server(["--auth-tokens", tokens])
    let clients = try (0..<3).map { _ in try RawWebSocket(port: server.port, query: "token=\(alice)") }
    _ = try await Program.run("audio-server", ["token", "remove", "alice", "--auth-tokens", tokens])
    server.program.signal(SIGHUP)
    for client in clients { #expect(try client.rest().code == 1008) }
  }
}
