import Glibc
import JSON
import Support
import Testing

/// Whether the server does what its descriptions for programs say: Tests/API.
@Suite struct APIDescriptionTests {
  private static let folder = "\(TextFile.repository)/Tests/API"
  private static let environment = "\(TextFile.repository)/.deps/api/bin"
  private static let isThere = access("\(environment)/st", X_OK) == 0
  private static let reason: Comment = "no .deps/api: Scripts/setup makes it"

  @Test func `both are served without a token, and only asked for`() async throws {
    let folder = try TemporaryFolder()
    let server = try await TestServer(["--no-page", "--auth-tokens", try folder.file("tokens", [])])
    for name in ["openapi", "asyncapi"] {
      func ask(_ method: String, _ headers: String = "") throws -> String {
        let socket = try RawSocket(port: server.port)
        try socket.send(
          "\(method) /api/audio/\(name).json HTTP/1.1\r\nHost: localhost\r\n\(headers)Connection: close\r\n\r\n")
        let lines = String(decoding: socket.receiveAll(), as: UTF8.self).split(
          separator: "\r\n", omittingEmptySubsequences: false)
        // Each says when it was made.
        #expect(lines.count { $0.hasPrefix("date: ") } == 1)
        return lines.filter { !$0.hasPrefix("date: ") }.joined(separator: "\r\n")
      }
      let answer = try ask("GET")
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"))
      let body = try #require(answer.firstRange(of: "\r\n\r\n").map { answer[$0.upperBound...] })
      #expect(try JSONValue(parsing: body.utf8)[name]?.string?.hasPrefix("3.") == true)
      #expect(try ask("HEAD") == answer.dropLast(body.count))
      #expect(try ask("GET", "If-None-Match: *\r\n").hasPrefix("HTTP/1.1 304 "))
      #expect(try ask("POST").hasPrefix("HTTP/1.1 405 "))
    }
  }

  /// Bounded by what is tried of each operation, not by time: the same requests everywhere.
  @Test(.enabled(if: isThere, reason))
  func `every response is as openapi.json says, whatever is asked`() async throws {
    let folder = try TemporaryFolder()
    let tokens = try folder.file("tokens", [])
    let added = try await Program.run(
      "audio-server", ["token", "add", "schemathesis", "--role", "operator", "--auth-tokens", tokens])
    let token = try #require(added.standardOutput.lines.first)
    let server = try await TestServer(["--auth-tokens", tokens, "--worker-timeout", "30"])
    let run = try await Program.run(
      "\(Self.environment)/st",
      [
        "--config-file", "\(Self.folder)/schemathesis.toml", "run",
        "http://127.0.0.1:\(server.port)/api/audio/openapi.json",
        "--header", "Authorization: Bearer \(token)",
      ], environment: ["SCHEMATHESIS_HOOKS": "\(Self.folder)/hooks.py", "PYTHONDONTWRITEBYTECODE": "1"],
      folder: folder.path, within: .seconds(300))
    #expect(run.end == .status(0), "\(run.standardOutput.text)\n\(run.standardError.text)")
    #expect(try await server.stop() == .status(0))
  }

  private static let messages = CaseScript("Tests/API/asyncapi.py", python: "\(environment)/python")

  @Test(.enabled(if: isThere && ContractRun.hasPython, reason))
  func `every message is as asyncapi.json says`() async throws {
    var arguments = ["--recorded", try await ContractRun.shared.record()]
    let speech = SpeechFiles.areExpected ? try await TestServer(["--engine", "speech"]) : nil
    if let speech { arguments += ["--url", speech.url, "--recording", "\(TextFile.repository)/Assets/speech.wav"] }
    let results = try await Self.messages.run(arguments)
    #expect(results.count == 6)
    for (name, failure) in results { #expect(failure.isEmpty, "\(name)") }
    _ = speech
  }
}
