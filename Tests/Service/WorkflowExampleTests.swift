import Support
import Testing

/// The workflow in examples/: its commands are run as they are, against the programs that were built.
@Suite struct WorkflowExampleTests {
  private static let workflow = TextFile.read("\(TextFile.repository)/examples/ci.yml") ?? ""

  /// The lines of the step's script.
  private func script(of step: String) throws -> [String] {
    let lines = Self.workflow.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let name = try #require(lines.firstIndex { $0.hasSuffix("- name: \(step)") })
    let start = try #require(lines[name...].firstIndex { $0.hasSuffix("run: |") })
    let margin = String(repeating: " ", count: 10)
    return lines[(start + 1)...].prefix { $0.hasPrefix(margin) }.map { String($0.dropFirst(margin.count)) }
  }

  @Test(.enabled(if: SpeechFiles.areExpected, "\(SpeechFiles.reason)"))
  func `a repository's recordings become text and subtitles`() async throws {
    let folder = try TemporaryFolder()
    try ShellCommand.run("mkdir '\(folder.path)/recordings'")
    let recording = SpeechRecording.austen[1]
    try ShellCommand.run("cp '\(recording.path)' '\(folder.path)/recordings/talk.wav'")
    let commands = try script(of: "Transcribe").map {
      $0.replacing("audio-service/.build/release/", with: "\(Program.buildFolder)/")
    }
    #expect(commands.count == 3)
    let run = try await Program.run(
      "/bin/sh", ["-e", "-c", "cd '\(folder.path)'\n\(commands.joined(separator: "\n"))"],
      environment: ["AUDIO_SPEECH_HOME": SpeechFiles.home])
    #expect(run.end == .status(0), "\(run.standardError.text)")
    let text = TextFile.read("\(folder.path)/transcripts/talk.txt") ?? ""
    #expect(text.contains("young man"), "\(text)")
    let subtitles = TextFile.read("\(folder.path)/transcripts/talk.vtt") ?? ""
    #expect(subtitles.hasPrefix("WEBVTT\n") && subtitles.contains(" --> ") && subtitles.contains("young man"))
  }

  @Test func `its image has the Swift that the package needs`() throws {
    let manifest = try #require(TextFile.read("\(TextFile.repository)/Package.swift"))
    let version = try #require(manifest.firstMatch(of: /swift-tools-version: ?(\d+\.\d+)/)).1
    #expect(Self.workflow.contains("container: swift:\(version)-bookworm"))
  }
}
