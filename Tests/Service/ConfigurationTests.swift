import Glibc
import Support
import Testing

/// The configuration file, with the real program.
@Suite struct ConfigurationTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func check(_ text: String, _ flags: [String] = []) async throws -> Program {
    let path = try folder.file("server.conf", text.utf8)
    return try await Program.run("audio-server", ["check-config", "--config", path] + flags)
  }

  @Test func `check-config says what is wrong, all of it, without starting`() async throws {
    let path = "\(folder.path)/server.conf"
    let good = try await check("port = 8000\n# nothing else\n")
    #expect(good.end == .status(0), "\(good.standardError.text)")
    #expect(good.standardOutput.lines == ["audio-server: the configuration is valid"])
    let lines = try await check("prot = 1\nport = 2\nport = 3\n")
    #expect(lines.end == .status(1))
    #expect(
      lines.standardError.lines == [
        "audio-server: \(path):1: prot: unknown name (did you mean port?)",
        "audio-server: \(path):3: port: expected once, but line 2 has it, too",
      ])
    let value = try await check("port = 70000\n")
    #expect(
      value.standardError.lines == [
        "audio-server: \(path):1: port: expected an integer from 0 to 65535, got \"70000\""
      ])
    let files = try await check(
      """
      auth-tokens = /nowhere/tokens
      tls-cert = /nowhere/cert
      tls-key = /nowhere/key
      journal = /nowhere/journal
      host = /\(String(repeating: "a", count: 200))
      """)
    #expect(files.end == .status(1))
    for problem in [
      "auth-tokens: /nowhere/tokens: open: No such file", "tls-cert, tls-key: /nowhere/cert cannot be used for TLS",
      "journal: /nowhere/: No such file", "host: /aaaa",
    ] { #expect(files.standardError.text.contains("audio-server: \(problem)"), "\(files.standardError.text)") }
    let missing = try await Program.run("audio-server", ["--config", "/nowhere/server.conf"])
    #expect(missing.end == .status(2))
    #expect(missing.standardError.text.contains("/nowhere/server.conf: expected a configuration file that can be read"))
  }

  @Test(.enabled(if: SpeechFiles.areExpected, "\(SpeechFiles.reason)"))
  func `check-config has the models loaded`() async throws {
    let good = try await check("engine = speech\n", ["--models", "moonshine-tiny-en"])
    #expect(good.end == .status(0), "\(good.standardError.text)")
    let wrong = try await check("models = nosuchmodel\n")
    #expect(wrong.end == .status(1))
    #expect(wrong.standardError.text.contains("nosuchmodel"), "\(wrong.standardError.text)")
  }

  @Test func `SIGHUP takes what can be taken of the file, and names the rest`() async throws {
    let path = try folder.file("server.conf", "max-connections-per-address = 1\n".utf8)
    let server = try await TestServer(["--config", path])
    let first = try RawWebSocket(port: server.port)
    #expect(throws: TestFailure.self) { try RawWebSocket(port: server.port) }
    try TextFile.write("max-connections-per-address = 2\nengine = speech\n".utf8, to: path)
    server.program.signal(SIGHUP)
    try await eventually("it says what changed") {
      server.program.standardError.text.contains("configuration reloaded changed=max-connections-per-address")
    }
    try await eventually("it names the rest") {
      server.program.standardError.text.contains("need a restart names=engine")
    }
    let second = try RawWebSocket(port: server.port)
    // A file that is wrong changes nothing.
    try TextFile.write("max-connections-per-address = none\n".utf8, to: path)
    server.program.signal(SIGHUP)
    try await eventually("it says what is wrong") {
      server.program.standardError.text.contains("\(path):1: max-connections-per-address: expected an integer")
    }
    #expect(throws: TestFailure.self) { try RawWebSocket(port: server.port) }
    withExtendedLifetime((first, second)) {}
  }

  @Test func `the token command finds the file of tokens in the configuration`() async throws {
    let path = try folder.file("server.conf", "auth-tokens = \(folder.path)/tokens\nport = 8001\n".utf8)
    let added = try await Program.run("audio-server", ["token", "add", "alice", "--config", path])
    #expect(added.end == .status(0), "\(added.standardError.text)")
    #expect(TextFile.read("\(folder.path)/tokens")?.hasPrefix("alice ") == true)
  }
}
