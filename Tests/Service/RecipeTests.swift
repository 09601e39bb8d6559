import Support
import Testing

/// The programs in docs/protocol.md.
@Suite(.enabled(if: SpeechFiles.areExpected && ContractRun.hasPython, "\(SpeechFiles.reason)"))
struct RecipeTests {
  /// The blocks of Python in the document.
  private static let recipes: [String] = {
    let text = TextFile.read("\(TextFile.repository)/docs/protocol.md") ?? ""
    return text.split(separator: "```python\n").dropFirst().compactMap { block in
      block.split(separator: "```").first.map(String.init)
    }
  }()

  @Test func `both recipes print each final text once, as the client does`() async throws {
    let server = try await TestServer(["--engine", "speech"], environment: ["AUDIO_SPEECH_HOME": SpeechFiles.home])
    let recording = "\(SpeechFiles.home)/recordings/beckett.wav"
    let client = try await Program.run(
      "audio-client", ["file", recording, "--speed", "fast", "--output", "plain", "--quiet", "--url", server.url])
    let texts = client.standardOutput.lines
    #expect(texts.count >= 5)
    #expect(Self.recipes.count == 2)
    for recipe in Self.recipes {
      let program = try await Program.run(ContractRun.python, ["-c", recipe, server.url, recording])
      #expect(program.end == .status(0), "\(program.standardError.text)")
      #expect(program.standardOutput.lines == texts)
    }
  }
}
