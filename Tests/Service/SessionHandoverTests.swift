import Contract
import Glibc
import JSON
import Support
import Testing

/// Sessions that outlive their server, with a real broker, servers and workers.
@Suite(.serialized, .enabled(if: TestBroker.isInstalled, Comment(rawValue: TestBroker.reason)))
struct SessionHandoverTests {
  private static func digest(of chunks: Int) async throws -> String {
    try await Program.sha256((0..<chunks).flatMap { _ in RawWebSocket.chunk })
  }

  /// A machine of workers and two servers that are ready, at one broker.
  private struct Stage {
    let broker: TestBroker
    let machine: Machine
    let first: TestServer
    let second: TestServer

    init(workers: Int = 1) async throws {
      broker = try await TestBroker()
      machine = try Machine("a", at: broker, workers: workers)
      first = try await Cluster.server(broker)
      second = try await Cluster.server(broker)
      for server in [first, second] {
        try await Cluster.waitFor(workers, of: server)
        try await eventually("it is ready") { try server.isReady }
      }
    }

    /// The connection of a client that comes back to the second server, and has so many answers.
    func resume(_ session: String, answered: Int) throws -> RawWebSocket {
      let socket = try RawWebSocket(port: second.port, query: "resume=true")
      try socket.resume(session, answered: answered)
      return socket
    }
  }

  /// The stream ends: its receipt has all chunks, as they were sent.
  private static func expectReceipt(of chunks: Int, over socket: RawWebSocket) async throws {
    let receipt = try socket.receipt()
    #expect((receipt.chunks, receipt.processed, receipt.dropped) == (chunks, chunks, 0))
    #expect(receipt.sha256 == (try await Self.digest(of: chunks)))
  }

  /// The connection over which the session goes on: each that is told to come again is followed by another.
  private static func resumed(
    _ session: String, _ id: Int, seq: Int, over first: RawWebSocket, at server: TestServer
  ) async throws -> RawWebSocket {
    var socket = first
    try await eventually("the session goes on") {
      switch try socket.message() {
      case .started(id, session, _, seq): return true
      case .failure(_, "sessions_unavailable", _):
        socket = try RawWebSocket(port: server.port, query: "resume=true")
        try socket.resume(session, answered: seq)
        return false
      case let other: throw TestFailure("\(other): not gone on with")
      }
    }
    return socket
  }

  @Test(arguments: [SIGKILL, SIGTERM, SIGSTOP])
  func `a session goes on at another server when its own is gone`(_ number: Int32) async throws {
    let stage = try await Stage(workers: 2)
    let (first, second) = (stage.first, stage.second)
    let before = try RawWebSocket(port: first.port)
    let (id, session) = try before.begin()
    for seq in 1...40 { #expect(try before.isMeasured(seq: seq)) }
    first.program.signal(number)
    if number != SIGSTOP { try await first.program.ended() }
    // Some of the answers never arrived.
    let after = try stage.resume(session, answered: 37)
    try after.expectResumed(id, seq: 40)
    try after.expectMeasured(38...40)
    for seq in 41...50 { #expect(try after.isMeasured(seq: seq)) }
    try await Self.expectReceipt(of: 50, over: after)
    #expect(try second.figure("sessions_taken_total") == 1)
    #expect(try second.metric(#"audio_session_copies_total{source="worker"}"#) == 1)
    if number == SIGSTOP {
      first.program.signal(SIGCONT)
      try await eventually("the server that stood still gives its session up") {
        try first.figure("sessions_fenced_total") == 1
      }
      #expect(try before.rest().code == 1001)
    }
    withExtendedLifetime(stage) {}
  }

  @Test func `a client goes on with the other server while its own is well, and back`() async throws {
    let stage = try await Stage()
    let (first, second) = (stage.first, stage.second)
    var client = try RawWebSocket(port: first.port)
    let (id, session) = try client.begin()
    #expect(try client.isMeasured(seq: 1))
    for seq in 2...7 {
      client = try RawWebSocket(port: (seq % 2 == 0 ? second : first).port, query: "resume=true")
      try client.resume(session, answered: seq - 1)
      try client.expectResumed(id, seq: seq - 1)
      #expect(try client.isMeasured(seq: seq))
    }
    try await Self.expectReceipt(of: 7, over: client)
    withExtendedLifetime(stage) {}
  }

  @Test func `what no worker has answered goes on with the session`() async throws {
    let stage = try await Stage()
    let first = stage.first
    let before = try RawWebSocket(port: first.port)
    let (id, session) = try before.begin()
    #expect(try before.isMeasured(seq: 1))
    let worker = try #require(stage.machine.workers.first)
    kill(worker, SIGSTOP)
    try before.send(chunks: 2...5)
    try await first.stop(SIGKILL)
    kill(worker, SIGCONT)
    let after = try stage.resume(session, answered: 1)
    try after.expectResumed(id, seq: 5)
    try after.expectMeasured(2...5)
    try await Self.expectReceipt(of: 5, over: after)
    withExtendedLifetime(stage) {}
  }

  @Test func `a session whose connection breaks while its server shuts down goes on at another`() async throws {
    let stage = try await Stage()
    let (first, second) = (stage.first, stage.second)
    let before = try RawWebSocket(port: first.port)
    let (id, session) = try before.begin()
    #expect(try before.isMeasured(seq: 1))
    // The server waits for an answer before it sends its clients away.
    let worker = try #require(stage.machine.workers.first)
    kill(worker, SIGSTOP)
    try before.send(chunks: 2...2)
    first.program.signal(SIGTERM)
    try await eventually("it shuts down") { first.program.standardError.text.contains("shutting down") }
    before.socket.reset()
    kill(worker, SIGCONT)
    try await first.program.ended()
    let early = try stage.resume(session, answered: 1)
    let after = try await Self.resumed(session, id, seq: 2, over: early, at: second)
    try after.expectMeasured(2...2)
    try await Self.expectReceipt(of: 2, over: after)
    withExtendedLifetime(stage) {}
  }

  @Test func `a session whose worker died with it goes on from its server`() async throws {
    let stage = try await Stage()
    let (first, second) = (stage.first, stage.second)
    let before = try RawWebSocket(port: first.port)
    let (id, session) = try before.begin()
    for seq in 1...3 { #expect(try before.isMeasured(seq: seq)) }
    let worker = try #require(stage.machine.workers.first)
    // The directory names a worker that is gone, and the server has not noticed.
    first.program.signal(SIGSTOP)
    kill(worker, SIGKILL)
    try await eventually("there is another worker") {
      !stage.machine.workers.isEmpty && stage.machine.workers != [worker]
    }
    try await Cluster.waitFor(1, of: second)
    let early = try stage.resume(session, answered: 3)
    first.program.signal(SIGCONT)
    // Told to come again while the second server may not know all workers yet.
    let after = try await Self.resumed(session, id, seq: 3, over: early, at: second)
    #expect(try after.isMeasured(seq: 4))
    try await Self.expectReceipt(of: 4, over: after)
    withExtendedLifetime(stage) {}
  }

  @Test func `a session before its first chunk goes on, too`() async throws {
    let stage = try await Stage()
    let first = stage.first
    let before = try RawWebSocket(port: first.port)
    try before.send(text: #"{"type":"start","sample_rate":8000,"encoding":"mulaw"}"#)
    guard case .started(let id, let session, _, nil) = try before.message() else { throw TestFailure("not started") }
    try await first.stop(SIGKILL)
    let after = try stage.resume(session, answered: 0)
    try after.expectResumed(id, seq: 0)
    try after.send(binary: [UInt8](repeating: 0xFF, count: 800))
    let receipt = try after.receipt()
    #expect((receipt.chunks, receipt.processed, receipt.duration) == (1, 1, 0.1))
    withExtendedLifetime(stage) {}
  }

  @Test func `a receipt that did not arrive is sent by the other server`() async throws {
    let stage = try await Stage()
    let first = stage.first
    let before = try RawWebSocket(port: first.port)
    let (id, session) = try before.begin()
    for seq in 1...3 { #expect(try before.isMeasured(seq: seq)) }
    let receipt = try before.receipt()
    try await first.stop(SIGKILL)
    let after = try stage.resume(session, answered: 3)
    try after.expectResumed(id, seq: 3)
    let (messages, code) = try after.rest()
    #expect(code == 1000)
    #expect(messages.contains(.summary(receipt)))
    withExtendedLifetime(stage) {}
  }

  @Test func `a session is unknown to others with its name, and ends where it ends`() async throws {
    let stage = try await Stage()
    let (first, second) = (stage.first, stage.second)
    let client = try RawWebSocket(port: first.port)
    _ = try client.begin()
    #expect(try client.isMeasured(seq: 1))
    let stranger = try RawWebSocket(port: second.port)
    try stranger.resume(String(repeating: "0", count: 32), answered: 0)
    guard case .failure(let error, _, _) = try stranger.message() else { throw TestFailure("no refusal") }
    #expect(error == "resume: no such session, or it has expired: start a new one")
    // The connection is a new stream.
    #expect(try stranger.isMeasured(seq: 1))
    #expect(try second.figure("sessions_gone_total") == 1)
    #expect(try client.isMeasured(seq: 2))
    withExtendedLifetime(stage) {}
  }

  @Test func `without a directory no session begins, and streams without one do`() async throws {
    let broker = try await TestBroker(hasJetStream: false)
    let machine = try Machine("a", at: broker)
    let server = try await Cluster.server(broker)
    try await Cluster.waitFor(1, of: server)
    #expect(try Cluster.unreadiness(server).contains("jetstream"))
    #expect(try RawWebSocket(port: server.port).isMeasured(seq: 1))
    let client = try RawWebSocket(port: server.port)
    try client.send(text: #"{"type":"start"}"#)
    guard case .failure(let error, let code, _) = try client.message() else { throw TestFailure("no refusal") }
    #expect(code == "sessions_unavailable")
    #expect(error.contains("jetstream {"))
    #expect(try client.rest().code == 1013)
    withExtendedLifetime(machine) {}
  }
}
