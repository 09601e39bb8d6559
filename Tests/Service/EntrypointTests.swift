import Glibc
import Support
import Testing

@Suite struct EntrypointTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The script by itself, away from the repository, so that it finds the programs of these tests on PATH.
  private func script(_ path: String) throws -> String {
    guard let text = TextFile.bytes("\(TextFile.repository)/\(path)") else { throw TestFailure("\(path) is not there") }
    let copy = try folder.file(String(path.map { $0 == "/" ? "-" : $0 }), text)
    chmod(copy, 0o755)
    return copy
  }

  private var path: [String: String] { ["PATH": "\(Program.buildFolder):/usr/bin:/bin"] }

  @Test func `the server's entrypoint starts the server outside an image, and it ends well`() async throws {
    let program = try Program(script("docker/server/entrypoint.sh"), ["--port", "0"], environment: path)
    try await eventually("it listens") { TestServer.port(in: program.standardError.lines) != nil }
    program.signal(SIGTERM)
    #expect(try await program.ended() == .status(0))
  }

  @Test func `the client's entrypoint does what the variables say`() async throws {
    let server = try await TestServer()
    let entrypoint = try script("docker/client/entrypoint.sh")
    var environment = path
    environment.merge(
      ["WS_URL": server.url, "CLIENT_MODE": "simulate", "MSGS": "20", "RATE_MS": "1"], uniquingKeysWith: { $1 })
    let simulate = try await Program.run(entrypoint, environment: environment)
    #expect(simulate.end == .status(0), "\(simulate.standardError.text)")
    let samples = Tone(hertz: 440, amplitude: 0.5).samples(rate: 16_000, count: 4_000)
    environment["FILE"] = try folder.file("tone.wav", WaveFile.bytes(samples, rate: 16_000))
    environment["CLIENT_MODE"] = "auto"
    let file = try await Program.run(entrypoint, environment: environment)
    #expect(file.end == .status(0), "\(file.standardError.text)")
    #expect(file.standardOutput.text.contains("mock transcription"))
    environment["CLIENT_MODE"] = "dance"
    #expect(try await Program.run(entrypoint, environment: environment).end == .status(2))
  }

  @Test func `a missing program is said`() async throws {
    for name in ["server", "client"] {
      let program = try await Program.run(
        script("docker/\(name)/entrypoint.sh"), environment: ["PATH": "/usr/bin:/bin"])
      #expect(program.end == .status(127))
      #expect(program.standardError.text.contains("audio-\(name)"))
    }
  }

  @Test func `the compose script explains itself and refuses what it does not know`() async throws {
    let script = "\(TextFile.repository)/entrypoint_compose.sh"
    let help = try await Program.run(script, ["--help"])
    #expect(help.end == .status(0))
    for option in ["--build", "--up", "--client N", "--logs", "--down"] {
      #expect(help.standardOutput.text.contains(option))
    }
    for bad in [["--dance"], ["--client"], ["--client", "many"], ["--client", "-1"], []] {
      #expect(try await Program.run(script, bad).end == .status(2))
    }
    for address in ["8000", "0.0.0.0:8000", "[::]:8000", "192.168.0.7:8000"] {
      let open = try await Program.run(script, ["--up"], environment: ["AUDIO_PUBLISH": address])
      #expect(open.end == .status(2))
      #expect(open.standardError.text.contains("give --open"))
    }
    let tokens = try await Program.run(script, ["--up"], environment: ["AUDIO_AUTH_TOKENS": "\(folder.path)/none"])
    #expect(tokens.end == .status(2))
    #expect(tokens.standardError.text.contains("AUDIO_AUTH_TOKENS: expected a file"))
    let model = try await Program.run(script, ["--up"], environment: ["AUDIO_MODEL": folder.path])
    #expect(model.end == .status(2))
    #expect(model.standardError.text.contains("model.json"))
  }
}
