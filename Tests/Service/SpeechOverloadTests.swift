import Contract
import Glibc
import JSON
import Support
import Testing

/// More to recognize than the workers can in time: what becomes of new streams, and of those that return.
@Suite(.enabled(if: ContractRun.hasPython, "\(ContractRun.reason)")) struct SpeechOverloadTests {
  private let worker: ScriptedWorker

  init() throws { worker = try ScriptedWorker(delay: 1.2) }

  private var flags: [String] { ["--worker-path", worker.path, "--engine", "speech", "--max-final-delay", "0.5"] }

  /// Sends so many chunks of a tenth of a second in real time.
  private func stream(_ chunks: Int, on client: RawWebSocket) throws {
    for _ in 0..<chunks {
      try client.send(binary: RawWebSocket.chunk)
      usleep(100_000)
    }
  }

  private func upgrade(_ server: TestServer, query: String = "") throws -> (head: String, socket: RawSocket) {
    let socket = try RawSocket(port: server.port)
    try socket.send(RawWebSocket.request(path: "/api/audio/ws\(query)", port: server.port))
    return (try socket.receiveHead(), socket)
  }

  @Test func `a new stream is refused with the reason, one that is taken up is not`() async throws {
    let server = try await TestServer(flags)
    // As if from elsewhere: it began no session that it could take up.
    let live = try RawWebSocket(port: server.port)
    try stream(20, on: live)
    try await eventually("final texts come late") { try !server.isReady }
    let readiness = try server.get("/api/audio/ready").body
    #expect(readiness.contains("Speech recognition is overloaded: final texts come 1."), "\(readiness)")
    #expect(try server.stats()["figures"]?["final_delay_seconds"]?.double ?? 0 > 1)

    let (refused, socket) = try upgrade(server)
    #expect(refused.hasPrefix("HTTP/1.1 503 "))
    #expect(refused.lowercased().contains("\r\nretry-after: 15\r\n"))
    let body = String(decoding: socket.receiveAll(), as: UTF8.self)
    #expect(body.hasPrefix(#"{"error":"Speech recognition is overloaded: "#) && body.contains(#""code":"overloaded""#))

    // Other engines are no matter of speech; a change to it is.
    let mock = try RawWebSocket(port: server.port, query: "engine=mock")
    #expect(try mock.isMeasured(seq: 1))
    let late = try RawWebSocket(port: server.port, query: "engine=mock")
    try late.send(text: #"{"type":"start","engine":"speech"}"#)
    guard case .failure(let error, nil, nil) = try late.message() else { throw TestFailure("start is taken") }
    #expect(error.hasPrefix("start: Speech recognition is overloaded: final texts come 1."))
    #expect(try late.isMeasured(seq: 1))

    // One that claims to return and does not is refused with its first chunk, or its start.
    let liar = try RawWebSocket(port: server.port, query: "resume=true")
    try liar.send(text: #"{"type":"start"}"#)
    guard case .failure = try liar.message() else { throw TestFailure("start is taken") }
    try liar.send(binary: RawWebSocket.chunk)
    let (messages, code) = try liar.rest()
    #expect(code == 1013)
    guard case .failure(_, "overloaded", nil)? = messages.last else { throw TestFailure("\(messages)") }
    #expect(try server.figure("speech_refusals_total") == 3)

    // The stream under way goes on, and is answered to its end.
    try stream(2, on: live)
    #expect(try live.receipt().chunks == 22)
  }

  @Test func `a session is taken up however late the texts are`() async throws {
    let server = try await TestServer(flags)
    let first = try RawWebSocket(port: server.port)
    let (id, session) = try first.begin()
    try stream(20, on: first)
    try await eventually("final texts come late") { try !server.isReady }
    first.socket.reset()
    // A client that does not say in advance that it returns is let in, too: it has a session.
    let second = try RawWebSocket(port: server.port)
    try second.resume(session, answered: 0)
    try second.expectResumed(id, seq: 20)
    second.socket.reset()
    let third = try RawWebSocket(port: server.port, query: "resume=true")
    try third.resume(session, answered: 20)
    try third.expectResumed(id, seq: 20)
    try stream(1, on: third)
    #expect(try server.figure("resumptions_total") == 2)
  }

  @Test func `a delayed stream is taken, and its replies tell how late its texts are`() async throws {
    let server = try await TestServer(flags + ["--when-full", "delay"])
    let live = try RawWebSocket(port: server.port)
    try stream(20, on: live)
    try await eventually("final texts come late") { try !server.isReady }
    let delayed = try RawWebSocket(port: server.port)
    try stream(1, on: delayed)
    guard case .accepted = try delayed.message(), case .transcription(let reply) = try delayed.message() else {
      throw TestFailure("the chunk is not answered")
    }
    #expect(try #require(reply.delay) > 1)
    #expect(try server.figure("speech_delayed_total") == 1)

    // Our client shows it.
    let recording = try TemporaryFolder()
    let file = try recording.file(
      "tone.wav", WaveFile.bytes(Tone(hertz: 440, amplitude: 0.5).samples(rate: 16_000, count: 8_000), rate: 16_000))
    let client = try await Program.run("audio-client", ["file", file, "--url", server.url])
    #expect(client.end == .status(0))
    #expect(
      client.standardError.text.contains("the server is busy: texts come 1 s late"), "\(client.standardError.text)")
    // The stream that was there first has no such member.
    guard case .accepted = try live.message(), case .transcription(let other) = try live.message() else {
      throw TestFailure("the chunk is not answered")
    }
    #expect(other.delay == nil)
  }
}
