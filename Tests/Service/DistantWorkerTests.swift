import Contract
import Glibc
import JSON
import Support
import Testing

/// A server, workers of several machines, and a real broker between them.
@Suite(.serialized, .enabled(if: TestBroker.isInstalled, Comment(rawValue: TestBroker.reason)))
struct DistantWorkerTests {
  @Test func `a server without a broker or workers says so, and serves when they are there`() async throws {
    let broker = try await TestBroker()
    try await broker.kill()
    let server = try await Cluster.server(broker)
    try await eventually("the server misses the broker") {
      try Cluster.unreadiness(server).hasPrefix("no broker: 127.0.0.1")
    }
    let client = try RawWebSocket(port: server.port)
    try client.send(chunks: 1...2)
    try await broker.start()
    try await eventually("the server misses workers") {
      try Cluster.unreadiness(server) == "no worker has said hello at the broker"
    }
    let machine = try Machine("a", at: broker, workers: 2)
    try client.expectMeasured(1...2)
    try await Cluster.waitFor(2, of: server)
    #expect(try server.isReady)
    #expect(try client.isMeasured(seq: 3))
    let receipt = try client.receipt()
    #expect((receipt.chunks, receipt.processed, receipt.dropped, receipt.replayed) == (3, 3, 0, 0))
    #expect(try await server.stop() == .status(0))
    machine.program.signal(SIGTERM)
    #expect(try await machine.program.ended() == .status(0))
  }

  @Test func `a machine that cannot load an engine says so, the server names it, and others serve`() async throws {
    let broker = try await TestBroker()
    let server = try await Cluster.server(broker, ["--require-engine", "speech"])
    let flags = ["--engines", "speech", "--speech-home", "/nowhere"]
    let machine = try Machine("without-models", at: broker, workers: 2, flags)
    try await Cluster.waitFor(2, of: server)
    let said = machine.program.standardError.lines.filter { $0.contains("engine unavailable") }
    #expect(said.count == 2 && said.allSatisfy { $0.contains("/nowhere") }, "\(said)")
    try await eventually("the server says it once") {
      let lines = server.program.standardError.lines.filter { $0.contains("engine unavailable") }
      return lines.count == 1 && lines[0].contains("without-models") && lines[0].contains("/nowhere")
    }
    #expect(try Cluster.unreadiness(server).hasPrefix("engine speech is unavailable: "))
    let client = try RawWebSocket(port: server.port)
    #expect(try client.isMeasured(seq: 1))
  }

  @Test(arguments: [SIGKILL, SIGSEGV])
  func `what a worker had that is killed or crashes is measured by another, each chunk once`(
    _ number: Int32
  ) async throws {
    let broker = try await TestBroker()
    let server = try await Cluster.server(broker)
    let first = try Machine("a", at: broker)
    let client = try RawWebSocket(port: server.port)
    #expect(try client.isMeasured(seq: 1))
    let second = try Machine("b", at: broker)
    try await Cluster.waitFor(2, of: server)
    let worker = try #require(first.workers.first)
    kill(worker, SIGSTOP)
    try client.send(chunks: 2...6)
    kill(worker, number)
    kill(worker, SIGCONT)
    try client.expectMeasured(2...6)
    #expect(try client.isMeasured(seq: 7))
    try await Cluster.waitFor(2, of: server)
    #expect(first.workers != [worker])
    let receipt = try client.receipt()
    #expect((receipt.chunks, receipt.processed, receipt.dropped, receipt.replayed) == (7, 7, 0, 5))
    #expect(try server.figure("workers_lost_total") == 1)
    #expect(try server.metric(#"audio_worker_links_ended_total{reason="worker_ended"}"#) == 1)
    withExtendedLifetime(second) {}
  }

  @Test func `a machine whose program is replaced goes on, and starts workers of the new one`() async throws {
    let broker = try await TestBroker()
    let server = try await Cluster.server(broker)
    let folder = try TemporaryFolder()
    let program = "\(folder.path)/audio-worker"
    try ShellCommand.run("cp '\(Program.buildFolder)/audio-worker' '\(program)'")
    let machine = try Machine("a", at: broker, program: program)
    try await Cluster.waitFor(1, of: server)
    // As a package's new version comes.
    try ShellCommand.run("cp '\(program)' '\(program).new' && mv -f '\(program).new' '\(program)'")
    let worker = try #require(machine.workers.first)
    kill(worker, SIGKILL)
    try await eventually("another worker is started; the machine said:\n\(machine.program.standardError.text)") {
      machine.workers.contains { $0 != worker }
    }
    try await Cluster.waitFor(1, of: server)
    let client = try RawWebSocket(port: server.port)
    #expect(try client.isMeasured(seq: 1))
  }

  @Test(arguments: [([], 4096), (["--memory-mb", "200"], 200)])
  func `each worker of a machine has a limit of its memory`(_ flags: [String], _ mebibytes: Int) async throws {
    let broker = try await TestBroker()
    let server = try await Cluster.server(broker)
    let machine = try Machine("a", at: broker, flags)
    try await Cluster.waitFor(1, of: server)
    let worker = try #require(machine.workers.first)
    let limits = try ShellCommand.run("cat /proc/\(worker)/limits").split(separator: "\n")
    let limit = limits.first { $0.hasPrefix("Max data size ") }
    #expect(limit?.split(separator: " ").dropFirst(3).first == "\(mebibytes << 20)")
  }

  @Test func `a machine whose parent is killed is gone with its workers, and another goes on`() async throws {
    let broker = try await TestBroker()
    let server = try await Cluster.server(broker)
    let first = try Machine("a", at: broker, workers: 2)
    let client = try RawWebSocket(port: server.port)
    #expect(try client.isMeasured(seq: 1))
    let second = try Machine("b", at: broker)
    try await Cluster.waitFor(3, of: server)
    for worker in first.workers { kill(worker, SIGSTOP) }
    try client.send(chunks: 2...4)
    first.program.signal(SIGKILL)
    try client.expectMeasured(2...4)
    try await Cluster.waitFor(1, of: server)
    let receipt = try client.receipt()
    // More than once, if they went to the other worker of that machine first.
    #expect(receipt.chunks == 4 && receipt.processed == 4 && receipt.replayed >= 3)
    withExtendedLifetime(second) {}
  }

  @Test func `a worker that stands still is given up, and what it says later is ignored`() async throws {
    let broker = try await TestBroker()
    let server = try await Cluster.server(broker, ["--worker-timeout", "0.5"])
    let first = try Machine("a", at: broker)
    let client = try RawWebSocket(port: server.port)
    #expect(try client.isMeasured(seq: 1))
    let second = try Machine("b", at: broker)
    try await Cluster.waitFor(2, of: server)
    let worker = try #require(first.workers.first)
    kill(worker, SIGSTOP)
    try client.send(chunks: 2...4)
    try client.expectMeasured(2...4)
    kill(worker, SIGCONT)
    // It says hello and is taken again.
    try await Cluster.waitFor(2, of: server)
    #expect(first.workers == [worker])
    #expect(try client.isMeasured(seq: 5))
    #expect(try server.metric(#"audio_worker_links_ended_total{reason="silent"}"#) == 1)
    let receipt = try client.receipt()
    #expect((receipt.chunks, receipt.processed, receipt.replayed) == (5, 5, 3))
    withExtendedLifetime(second) {}
  }

  @Test func `when the broker restarts nobody is taken for dead, and nothing is lost or doubled`() async throws {
    let broker = try await TestBroker()
    let server = try await Cluster.server(broker)
    let machine = try Machine("a", at: broker, workers: 2)
    try await Cluster.waitFor(2, of: server)
    let workers = machine.workers
    let clients = try (0..<4).map { _ in try RawWebSocket(port: server.port) }
    for client in clients { #expect(try client.isMeasured(seq: 1)) }
    for round in 0..<2 {
      try await broker.kill()
      for client in clients { try client.send(chunks: 2 + 3 * round...4 + 3 * round) }
      try await broker.start()
      for client in clients { try client.expectMeasured(2 + 3 * round...4 + 3 * round) }
    }
    for client in clients {
      #expect(try client.isMeasured(seq: 8))
      let receipt = try client.receipt()
      #expect((receipt.chunks, receipt.processed, receipt.dropped) == (8, 8, 0))
    }
    #expect(machine.workers == workers)
    #expect(try server.figure("workers_lost_total") == 0)
    #expect(try server.metric(#"audio_worker_links_ended_total{reason="broker_lost"}"#) == 4)
    #expect(try server.metric(#"audio_broker_workers{state="ready"}"#) == 2)
    try await eventually("an echo has come back") {
      try server.metric("audio_broker_latency_seconds_count") > 0
    }
  }

  @Test func `a worker that leaves hands its streams to one that has joined, and nothing is replayed`() async throws {
    let broker = try await TestBroker()
    let server = try await Cluster.server(broker)
    let first = try Machine("a", at: broker)
    let client = try RawWebSocket(port: server.port)
    #expect(try client.isMeasured(seq: 1))
    let second = try Machine("b", at: broker)
    try await Cluster.waitFor(2, of: server)
    first.program.signal(SIGTERM)
    #expect(try await first.program.ended() == .status(0))
    #expect(try client.isMeasured(seq: 2))
    try await Cluster.waitFor(1, of: server)
    let receipt = try client.receipt()
    #expect((receipt.chunks, receipt.processed, receipt.replayed) == (2, 2, 0))
    #expect(try server.figure("workers_lost_total") == 0)
    #expect(try server.metric(#"audio_worker_links_ended_total{reason="worker_left"}"#) == 1)
    #expect(try server.metric(#"audio_streams_moved_total{reason="leaving"}"#) == 1)
    withExtendedLifetime(second) {}
  }

  @Test func `streams spread to a worker that joins, and nothing is replayed`() async throws {
    let broker = try await TestBroker()
    let server = try await Cluster.server(broker)
    let first = try Machine("a", at: broker)
    let clients = try (0..<8).map { _ in try RawWebSocket(port: server.port) }
    for client in clients { #expect(try client.isMeasured(seq: 1)) }
    let second = try Machine("b", at: broker)
    try await eventually("each worker has half of the streams") {
      try server.stats()["workers"]?.array?.compactMap { $0["streams"]?.integer } == [4, 4]
    }
    for client in clients {
      #expect(try client.isMeasured(seq: 2))
      let receipt = try client.receipt()
      #expect((receipt.chunks, receipt.processed, receipt.replayed) == (2, 2, 0))
    }
    withExtendedLifetime((first, second)) {}
  }

  /// The head and the body of the answer to an upgrade.
  private func upgrade(_ server: TestServer, _ path: String) throws -> (head: String, body: String) {
    let socket = try RawSocket(port: server.port)
    try socket.send(RawWebSocket.request(path: path, port: server.port))
    let head = try socket.receiveHead()
    return (head, head.hasPrefix("HTTP/1.1 101 ") ? "" : String(decoding: socket.receiveAll(), as: UTF8.self))
  }

  @Test func `when all workers are full a new client is refused at each server, and one that returns is not`()
    async throws
  {
    let broker = try await TestBroker()
    let servers = [try await Cluster.server(broker), try await Cluster.server(broker)]
    let machine = try Machine("a", at: broker, ["--capacity", "2"])
    for server in servers { try await Cluster.waitFor(1, of: server) }
    let clients = try (0..<2).map { _ in try RawWebSocket(port: servers[0].port) }
    let (_, session) = try clients[0].begin()
    for client in clients { #expect(try client.isMeasured(seq: 1)) }
    let words = "The only worker is full, 2 streams in all: try again later, add workers, or raise --capacity"
    // The other hears it with the worker's next hello.
    for server in servers {
      try await eventually("a new client is refused") {
        let (head, body) = try upgrade(server, "/api/audio/ws")
        return head.hasPrefix("HTTP/1.1 503 ") && head.lowercased().contains("\r\nretry-after: 5\r\n")
          && body == "{\"error\":\"\(words)\"}"
      }
      #expect(try upgrade(server, "/v1/listen?encoding=linear16&sample_rate=16000").body.contains(words))
      #expect(try server.isReady)
    }
    clients[0].socket.reset()
    let returned = try RawWebSocket(port: servers[0].port, query: "resume=true")
    try returned.resume(session, answered: 1)
    guard case .started = try returned.message() else { throw TestFailure("not resumed") }
    #expect(try returned.isMeasured(seq: 2))
    for client in [returned, clients[1]] { _ = try client.receipt() }
    for server in servers {
      try await eventually("there is room") { try upgrade(server, "/api/audio/ws").head.hasPrefix("HTTP/1.1 101 ") }
    }
    withExtendedLifetime(machine) {}
  }

  /// A distant worker crashes with chunks 2 to 4 of both clients, the second of which has poison in its chunk 3.
  private static func crash(_ worker: Int32, of clients: [RawWebSocket]) throws {
    kill(worker, SIGSTOP)
    try clients[0].send(chunks: 2...4)
    try clients[1].send(chunks: 2...2)
    try clients[1].send(binary: MortalWorker.Poison.crash.chunk(bytes: 3200))
    _ = try clients[1].message()
    try clients[1].send(chunks: 4...4)
    kill(worker, SIGSEGV)
    kill(worker, SIGCONT)
  }

  @Test(.enabled(if: MortalWorker.isAvailable, "\(MortalWorker.requirement)"))
  func `a chunk with which a worker crashed is tried alone by one of the server's, and fails if that crashes, too`()
    async throws
  {
    let broker = try await TestBroker()
    let mortal = try MortalWorker()
    let server = try await Cluster.server(broker, ["--worker-path", mortal.path])
    let machine = try Machine("a", at: broker)
    let clients = try (0..<2).map { _ in try RawWebSocket(port: server.port) }
    for client in clients { #expect(try client.isMeasured(seq: 1)) }
    #expect(try server.stats()["workers"]?.array?.map { $0["machine"]?.string } == ["a"])
    try Self.crash(try #require(machine.workers.first), of: clients)
    for client in clients { try client.send(text: #"{"type":"stop"}"#) }
    let ends = try clients.map { try $0.rest().messages }
    for (index, messages) in ends.enumerated() {
      guard case .summary(let receipt)? = messages.last else { throw TestFailure("no receipt but \(messages)") }
      #expect((receipt.chunks, receipt.processed, receipt.dropped) == (4, 4 - index, index))
    }
    let failures = ends[1].compactMap { if case .failure(let error, _, 3) = $0 { error } else { nil } }
    #expect(failures.count == 1 && failures[0].contains("Chunk 3 crashed two workers"))
    // The distant one, and the server's own.
    #expect(try server.figure("workers_lost_total") == 2)
  }

  @Test func `where the server can have no worker of its own, such chunks fail, and streams go on`() async throws {
    let broker = try await TestBroker()
    let server = try await Cluster.server(broker, ["--worker-path", "/bin/false"])
    let machine = try Machine("a", at: broker)
    let clients = try (0..<2).map { _ in try RawWebSocket(port: server.port) }
    for client in clients { #expect(try client.isMeasured(seq: 1)) }
    try Self.crash(try #require(machine.workers.first), of: clients)
    for client in clients {
      try client.send(text: #"{"type":"stop"}"#)
      let messages = try client.rest().messages
      guard case .summary(let receipt)? = messages.last else { throw TestFailure("no receipt but \(messages)") }
      #expect(receipt.chunks == 4 && receipt.chunks == receipt.processed + receipt.dropped)
      let failures = messages.compactMap { if case .failure(let error, _, _?) = $0 { error } else { nil } }
      #expect(failures.count == receipt.dropped)
      #expect(failures.allSatisfy { $0.contains("no other can be started to try it alone") })
    }
    #expect(try server.isReady)
  }

  @Test(arguments: [
    (["--broker", "localhost"], "nats://HOST:PORT"), (["--broker", "nats://a", "--workers", "2"], "0 with --broker"),
    (["--broker", "nats://a", "--broker-credentials", "/dev/null"], "two lines"),
    (["--broker", "nats://u:p@a"], "list of processes"), (["--machine", "a"], "only with --broker"),
    (["--workers", "0"], "1 to 64"),
  ])
  func `flags that do not fit are refused with what would`(_ flags: [String], _ words: String) async throws {
    let program = try await Program.run("audio-server", flags)
    #expect(program.end == .status(2))
    #expect(program.standardError.text.contains(words))
  }
}
