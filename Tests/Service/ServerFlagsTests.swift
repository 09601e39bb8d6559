import Contract
import JSON
import Support
import Testing

@Suite struct ServerFlagsTests {
  /// Flags, and what the message must name: the flag, what was given, what is allowed.
  struct Bad: Sendable, CustomStringConvertible {
    var flags: [String]
    var named: [String]
    var description: String { flags.joined(separator: " ") }
    init(_ flags: [String], _ named: [String]) { (self.flags, self.named) = (flags, named) }
  }

  @Test(arguments: [
    Bad(["--port", "65536"], ["--port", "65536", "65535"]),
    Bad(["--port", "http"], ["--port", "http", "0"]),
    Bad(["--port=-1"], ["--port", "-1"]),
    Bad(["--port"], ["--port"]),
    Bad(["--workers", "0"], ["--workers", "0", "1"]),
    Bad(["--workers", "many"], ["--workers", "many"]),
    Bad(["--loops", "65"], ["--loops", "65", "64"]),
    Bad(["--loops", "3", "--workers", "2"], ["--workers", "2", "3 to 64", "--loops 3"]),
    Bad(["--engine", "oracle"], ["--engine", "oracle", "mock"]),
    Bad(["--log-level", "loud"], ["--log-level", "loud", "error", "debug"]),
    Bad(["--log-format", "xml"], ["--log-format", "xml", "text", "json"]),
    Bad(["--shutdown-timeout", "soon"], ["--shutdown-timeout", "soon"]),
    Bad(["--batch-window", "101"], ["--batch-window", "101", "0", "100"]),
    Bad(["--gather", "101"], ["--gather", "101", "0", "100"]),
    Bad(["--worker-path", "/nonexistent/worker"], ["--worker-path", "/nonexistent/worker"]),
    Bad(["--ffmpeg", "/nonexistent/ffmpeg"], ["--ffmpeg", "/nonexistent/ffmpeg", "off"]),
    Bad(["--max-upload-mib", "0"], ["--max-upload-mib", "1 to 4096"]),
    Bad(
      ["--wyoming-port", "0", "--host", "0.0.0.0", "--auth-tokens", "/dev/null"],
      ["--wyoming-port", "loopback", "--wyoming-open"]),
    Bad(
      ["--wyoming-port", "0", "--host", "127.evil.test", "--auth-tokens", "/dev/null"],
      ["--wyoming-port", "loopback", "--wyoming-open"]),
    Bad(["--colour", "green"], ["--colour", "unknown flag", "see audio-server --help"]),
    Bad(["extra"], ["extra"]),
    Bad(["-port", "8000"], ["-port", "did you mean --port?"]),
  ])
  func `a bad flag is named with what is allowed, exit 2`(_ bad: Bad) async throws {
    let server = try await Program.run("audio-server", bad.flags)
    #expect(server.end == .status(2))
    for part in bad.named { #expect(server.standardError.text.contains(part)) }
    #expect(server.standardOutput.text.isEmpty)
  }

  @Test func `a bad variable is named, and a flag wins over it`() async throws {
    let bad = try await Program.run("audio-server", [], environment: ["AUDIO_PORT": "cd"])
    #expect(bad.end == .status(2))
    #expect(bad.standardError.text.contains("AUDIO_PORT"))
    let server = try await TestServer(environment: ["AUDIO_PORT": "cd", "AUDIO_WORKERS": "2"])
    #expect(server.workers.count == 2)
  }

  @Test func `help and version go to standard output, exit 0`() async throws {
    for program in ["audio-server", "audio-worker", "audio-client"] {
      let help = try await Program.run(program, ["--help"])
      #expect(help.end == .status(0))
      #expect(help.standardOutput.text.contains(program))
      let version = try await Program.run(program, ["--version"])
      #expect(version.end == .status(0))
      #expect(version.standardOutput.lines.count == 1)
    }
    let help = try await Program.run("audio-server", ["--help"])
    for flag in [
      "host", "port", "loops", "workers", "engine", "worker-path", "log-level", "log-format", "shutdown-timeout",
    ] {
      #expect(help.standardOutput.text.contains("--\(flag)"))
    }
  }

  @Test func `the server says on one line where it listens, whatever is logged`() async throws {
    for level in ["error", "debug"] {
      let server = try await TestServer(["--log-level", level, "--log-format", "json"])
      _ = try RawWebSocket(port: server.port)
      #expect(try await server.stop() == .status(0))
      let lines = server.program.standardError.lines.filter {
        $0.contains("listening on http://127.0.0.1:\(server.port)")
      }
      #expect(lines.count == 1)
      #expect(server.program.standardOutput.text.isEmpty)
    }
  }

  @Test func `a port in use is said, exit 1`() async throws {
    let first = try await TestServer()
    let second = try await Program.run("audio-server", ["--port", "\(first.port)"])
    #expect(second.end == .status(1))
    #expect(second.standardError.text.contains("\(first.port)"))
    #expect(second.standardError.text.contains("in use"))
  }

  @Test func `an address that is not this machine's is said, exit 1`() async throws {
    let server = try await Program.run("audio-server", ["--host", "203.0.113.1", "--port", "0"])
    #expect(server.end == .status(1))
    #expect(server.standardError.text.contains("203.0.113.1"))
  }

  @Test func `a worker that can't work is said, exit 1`() async throws {
    let server = try await Program.run("audio-server", ["--port", "0", "--worker-path", "/bin/false"])
    #expect(server.end == .status(1))
    #expect(server.standardError.text.contains("/bin/false"))
  }

  @Test func `one line is logged for a connection opened and one with its accounts for it closed`() async throws {
    let server = try await TestServer()
    let client = try RawWebSocket(port: server.port)
    for _ in 0..<3 { try client.send(binary: [1, 2, 3, 4]) }
    try client.send(text: #"{"type":"stop"}"#)
    let (messages, _) = try client.rest()
    guard case .summary(let receipt)? = messages.last else { throw TestFailure("no receipt") }
    try await eventually("the close is logged") {
      server.program.standardError.lines.filter { $0.contains("\(receipt.clientID)") }.count == 2
    }
    let last = server.program.standardError.lines.last(where: { $0.contains("\(receipt.clientID)") }) ?? ""
    for part in ["chunks=3", "bytes=12", "processed=3", "dropped=0"] { #expect(last.contains(part)) }
  }
}
