import Glibc
import Support
import Testing

/// The services for speech of frameworks for voice agents, Pipecat and LiveKit, as far as they run without their
/// clouds: Tests/Clients. In full (`make test-long`) only.
@Suite(.serialized) struct AgentFrameworksTests {
  private static let frameworks = ["pipecat", "livekit"]
  private static func python(_ framework: String) -> String { "\(TextFile.repository)/.deps/\(framework)/bin/python" }
  private static let areThere = frameworks.allSatisfy { access(python($0), X_OK) == 0 } && SpeechFiles.areExpected
  private static let reason: Comment = "no .deps/pipecat or .deps/livekit: Scripts/setup --long makes them"

  @Test(.enabled(if: LongForm.isWanted && areThere, reason), arguments: frameworks)
  func `its services get the words of the native protocol`(_ framework: String) async throws {
    let server = try await TestServer(["--engine", "speech"])
    let run = try await Program.run(
      Self.python(framework),
      [
        "-B", "\(TextFile.repository)/Tests/Clients/\(framework)_agents.py", "ws://127.0.0.1:\(server.port)",
        "\(TextFile.repository)/Assets/speech.wav", "--speech",
      ], within: .seconds(600))
    #expect(run.end == .status(0), "\(run.standardOutput.text)\n\(run.standardError.text.suffix(4000))")
    #expect(run.standardOutput.lines.count(where: { $0.hasPrefix("ok - ") }) == 5)
  }
}
