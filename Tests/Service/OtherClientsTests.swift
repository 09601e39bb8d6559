import Glibc
import Support
import Testing

/// Clients of other services' protocols, implementations that are not ours: Tests/Clients.
@Suite(.serialized) struct OtherClientsTests {
  private static let recording = "\(TextFile.repository)/Assets/speech.wav"

  /// A script and the Python environment with the packages that it uses.
  struct Clients: Sendable {
    var script: String
    var environment: String

    var name: String { "\(environment)/\(script)" }
    var python: String { "\(TextFile.repository)/.deps/\(environment)/bin/python" }

    static let vosk = Clients(script: "vosk.py", environment: "python")
    static let present = [
      "deepgram_live.py", "speechmatics_live.py", "realtime.py", "openai_files.py", "deepgram_files.py",
      "wyoming_asr.py",
    ].map { Clients(script: $0, environment: "clients") }
    static let earlier = ["deepgram_earlier.py", "realtime.py", "openai_files.py", "wyoming_asr.py"].map {
      Clients(script: $0, environment: "clients-earlier")
    }
    static let areThere = (present + earlier).allSatisfy { access($0.python, X_OK) == 0 }
    static let reason: Comment = "no .deps/clients: Scripts/setup makes it"
  }

  @Test(.enabled(if: ContractRun.hasPython, "\(ContractRun.reason)"))
  func `a vosk client is answered once a message, with mock`() async throws {
    try await run(.vosk, isSpeech: false)
  }

  @Test(
    .enabled(if: ContractRun.hasPython, "\(ContractRun.reason)"),
    .enabled(if: SpeechFiles.areExpected, "\(SpeechFiles.reason)"))
  func `a vosk client gets the words of the native protocol`() async throws { try await run(.vosk, isSpeech: true) }

  /// The same cases as with speech, where there is none.
  @Test(.enabled(if: Clients.areThere, Clients.reason))
  func `the packages of other services work, with mock`() async throws {
    try await run((SpeechFiles.areExpected ? [] : Clients.present) + Clients.earlier, isSpeech: false)
  }

  @Test(
    .enabled(if: Clients.areThere, Clients.reason), .enabled(if: SpeechFiles.areExpected, "\(SpeechFiles.reason)"))
  func `the packages of other services get the words of the native protocol`() async throws {
    try await run(Clients.present, isSpeech: true)
  }

  @Test(arguments: ["/vosk", "/v1/listen", "/v2", "/v1/realtime"])
  func `a dialect that is not spoken has no path, and a token is asked for in its own form`(_ path: String)
    async throws
  {
    let server = try await TestServer(["--dialects", "none", "--no-page"])
    #expect(try upgrade(server, path).hasPrefix("HTTP/1.1 404 "))
    let folder = try TemporaryFolder()
    let guarded = try await TestServer(["--auth-tokens", try folder.file("tokens", "".utf8)])
    #expect(try upgrade(guarded, path).hasPrefix("HTTP/1.1 401 "))
  }

  private func upgrade(_ server: TestServer, _ path: String) throws -> String {
    let socket = try RawSocket(port: server.port)
    try socket.send(RawWebSocket.request(path: path, port: server.port))
    return try socket.receiveHead()
  }

  /// Three at a time, each with a server of its own: they speak in real time and wait more than they work.
  private func run(_ all: [Clients], isSpeech: Bool) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (number, clients) in all.enumerated() {
        if number >= 3 { try await group.next() }
        group.addTask { try await run(clients, isSpeech: isSpeech) }
      }
      try await group.waitForAll()
    }
  }

  private func run(_ clients: Clients, isSpeech: Bool) async throws {
    let server = try await TestServer(
      (isSpeech ? ["--engine", "speech"] : []) + ["--worker-timeout", "30", "--wyoming-port", "0"])
    var wyoming: String?
    try await eventually("it listens for Wyoming") {
      wyoming = server.program.standardError.lines.lazy.compactMap { $0.firstMatch(of: /tcp:.*:(\d+) \(Wyoming\)/) }
        .first.map { String($0.1) }
      return wyoming != nil
    }
    let run = try await Program.run(
      clients.python,
      [
        "-B", "\(TextFile.repository)/Tests/Clients/\(clients.script)", "ws://127.0.0.1:\(server.port)", Self.recording,
        "--worker", "\(server.workers[0])",
      ] + (isSpeech ? ["--speech"] : []), environment: ["WYOMING_PORT": wyoming ?? ""], within: .seconds(300))
    #expect(run.end == .status(0), "\(clients.name): \(run.standardOutput.text)\n\(run.standardError.text)")
    #expect(run.standardOutput.lines.contains { $0.hasPrefix("ok - ") })
  }
}
