import Glibc
import Support
import Testing

/// The clients in examples/: each records a microphone and shows its words.
@Suite struct ExampleTests {
  struct Example: Sendable {
    var program: String
    var arguments: [String] = []
    var environment: [String: String] = [:]

    static let python = Example(
      program: "\(TextFile.repository)/.deps/api/bin/python", arguments: ["-B", "\(folder)/microphone.py"])
    // Where Debian's packages for Node.js are.
    static let node = Example(
      program: "/usr/bin/node", arguments: ["\(folder)/microphone.js"], environment: ["NODE_PATH": "/usr/share/nodejs"])
    static let swift = Example(program: "MicrophoneExample")

    static let folder = "\(TextFile.repository)/examples"
    static let all = [python, node, swift]
    static let areThere =
      [python, node].allSatisfy { access($0.program, X_OK) == 0 } && ShellCommand.has("arecord")
      && SimulatedMicrophone.isAvailable
    static let reason: Comment = "no .deps/api, node or arecord: Scripts/setup installs them"
  }

  /// README.md shows it.
  @Test func `the library's example prints the words of a file, each with its time`() async throws {
    let folder = try TemporaryFolder()
    let sound = try folder.file("sound.wav", WaveFile.bytes([Double](repeating: 0.1, count: 8_000), rate: 16_000))
    let server = try await TestServer()
    let example = try await Program.run("TranscribeExample", [sound, server.url])
    #expect(example.end == .status(0), "\(example.standardError.text)")
    let starts = example.standardOutput.lines.map { $0.prefix { $0 != " " } }
    #expect(starts == ["0.0", "0.1", "0.2", "0.3", "0.4"])
    #expect(example.standardOutput.lines.allSatisfy { $0.contains("mock transcription") })
  }

  /// At once, as each takes as long as what is said.
  @Test(.enabled(if: Example.areThere, Example.reason))
  func `each example shows the words, and at Ctrl-C that all of its sound arrived`() async throws {
    let isSpeech = SpeechFiles.areExpected
    let folder = try TemporaryFolder()
    let sound = isSpeech ? try SpeechRecording.austen[1].sound().bytes : [UInt8](repeating: 1, count: 32_000)
    let recording = try folder.file("sound.raw", sound + [UInt8](repeating: 0, count: 64_000))
    let server = try await TestServer(isSpeech ? ["--engine", "speech"] : [])
    let runs = try Example.all.map { example in
      let microphone = SimulatedMicrophone(sampleRate: 16_000, channels: 1, sound: .file(recording, loops: false))
      let configuration = try SimulatedMicrophone.configuration(of: ["default": microphone])
      return try Program(
        example.program, example.arguments + [server.url],
        environment: example.environment.merging(["ALSA_CONFIG_PATH": configuration]) { $1 })
    }
    for run in runs {
      try await eventually("\(run) shows words\n\(run.standardError.text)") { !run.standardOutput.lines.isEmpty }
      run.signal(SIGINT)
      #expect(try await run.ended() == .status(0), "\(run.standardError.text)")
      #expect(run.standardOutput.lines.last?.hasSuffix("chunks: the server has what was sent") == true)
      let words = run.standardOutput.lines.first ?? ""
      #expect(words.contains(isSpeech ? "young man" : "mock transcription"), "\(words)")
    }
    #expect(try server.figure("dropped_total") == 0)
  }
}
