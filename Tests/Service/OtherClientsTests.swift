import Support
import Testing

/// Clients of other services' protocols, implementations that are not ours: Tests/Clients.
@Suite(.serialized) struct OtherClientsTests {
  private static let recording = "\(TextFile.repository)/Assets/speech.wav"

  @Test(.enabled(if: ContractRun.hasPython, "\(ContractRun.reason)"))
  func `a vosk client is answered once a message, with mock`() async throws {
    let server = try await TestServer(["--worker-timeout", "30"])
    try await run("vosk.py", server, [])
  }

  @Test(
    .enabled(if: ContractRun.hasPython, "\(ContractRun.reason)"),
    .enabled(if: SpeechFiles.areExpected, "\(SpeechFiles.reason)"))
  func `a vosk client gets the words of the native protocol`() async throws {
    let server = try await TestServer(["--engine", "speech", "--worker-timeout", "30"])
    try await run("vosk.py", server, ["--speech"])
  }

  @Test(.enabled(if: ContractRun.hasPython, "\(ContractRun.reason)"))
  func `a dialect that is not spoken has no path, and a token is asked for in its own form`() async throws {
    let server = try await TestServer(["--dialects", "none", "--no-page"])
    #expect(try upgrade(server).hasPrefix("HTTP/1.1 404 "))
    let folder = try TemporaryFolder()
    let guarded = try await TestServer(["--auth-tokens", try folder.file("tokens", "".utf8)])
    #expect(try upgrade(guarded).hasPrefix("HTTP/1.1 401 "))
  }

  private func upgrade(_ server: TestServer) throws -> String {
    let socket = try RawSocket(port: server.port)
    try socket.send(RawWebSocket.request(path: "/vosk", port: server.port))
    return try socket.receiveHead()
  }

  private func run(_ script: String, _ server: TestServer, _ arguments: [String]) async throws {
    let run = try await Program.run(
      ContractRun.python,
      [
        "-B", "\(TextFile.repository)/Tests/Clients/\(script)", "ws://127.0.0.1:\(server.port)", Self.recording,
        "--worker", "\(server.workers[0])",
      ] + arguments, within: .seconds(300))
    #expect(run.end == .status(0), "\(run.standardOutput.text)\n\(run.standardError.text)")
    #expect(run.standardOutput.lines.contains("ok - lockstep"))
  }
}
