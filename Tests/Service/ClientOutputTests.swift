import Glibc
import JSON
import Support
import Testing

/// What a user gets from the client beside a stream's texts: results of several files, a local server, the sound.
@Suite struct ClientOutputTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A file with a tone of so many seconds.
  private func tone(_ name: String, seconds: Double) throws -> String {
    let samples = Tone(hertz: 440, amplitude: 0.5).samples(rate: 16_000, count: Int(seconds * 16_000))
    return try folder.file(name, WaveFile.bytes(samples, rate: 16_000))
  }

  private func local(_ arguments: [String]) async throws -> Program {
    try await Program.run(
      "audio-client", ["file"] + arguments + ["--local", "--engine", "mock", "--speed", "fast"],
      environment: ["TMPDIR": folder.path])
  }

  /// Folders that a local server left.
  private var remains: [String] { TextFile.names(in: folder.path).filter { $0.hasPrefix("audio-client.") } }

  @Test func `a local server takes the files without a port, ends with them and leaves nothing`() async throws {
    let client = try await local([try tone("a.wav", seconds: 1), "--output", "json"])
    #expect(client.end == .status(0), "\(client.standardError.text)")
    let object = try JSONValue.lines(of: client)[0]
    #expect(object["complete"]?.bool == true)
    #expect(object["receipt"]?["processed"]?.integer == 10)
    #expect(remains == [])
  }

  @Test(.enabled(if: SimulatedMicrophone.isAvailable, "\(SimulatedMicrophone.requirement)"))
  func `a microphone has a local server, too`() async throws {
    let microphone = SimulatedMicrophone(
      sampleRate: 16_000, channels: 1, format: "S16_LE", sound: .tone(hertz: 500, amplitude: 0.25))
    let configuration = try SimulatedMicrophone.configuration(of: ["default": microphone])
    let client = try await Program.run(
      "audio-client",
      ["mic", "--local", "--engine", "mock", "--language", "ru", "--duration", "1", "--output", "json"],
      environment: ["TMPDIR": folder.path, "ALSA_CONFIG_PATH": configuration])
    #expect(client.end == .status(0), "\(client.standardError.text)")
    #expect(try JSONValue.lines(of: client)[0]["receipt"]?["processed"]?.integer == 10)
    #expect(remains == [])
  }

  @Test(.enabled(if: SpeechFiles.areExpected, "\(SpeechFiles.reason)"))
  func `a local server begins with the language of its command, or says which there are`() async throws {
    let recording = "\(TextFile.repository)/Assets/speech.wav"
    func run(_ language: String) async throws -> Program {
      try await Program.run(
        "audio-client",
        ["file", recording, "--local", "--language", language, "--speed", "fast", "--output", "plain"],
        environment: ["TMPDIR": folder.path], within: .seconds(60))
    }
    let english = try await run("en")
    #expect(english.end == .status(0), "\(english.standardError.text)")
    #expect(english.standardOutput.text.contains("John Dashwood"))
    let unknown = try await run("xx")
    #expect(unknown.end == .status(1))
    #expect(unknown.standardError.text.contains("language: expected one of "), "\(unknown.standardError.text)")
    #expect(unknown.standardError.text.contains("got \"xx\""))
    #expect(remains == [])
  }

  @Test func `a local server that cannot start is reported with its reason`() async throws {
    let client = try await Program.run(
      "audio-client", ["file", try tone("a.wav", seconds: 1), "--local", "--engine", "none"],
      environment: ["TMPDIR": folder.path])
    #expect(client.end == .status(1))
    #expect(client.standardError.text.hasPrefix("audio-client: --local: "))
    #expect(remains == [])
  }

  @Test func `json has one object for each source, also for those that fail, and the last line counts them`()
    async throws
  {
    let good = try tone("good.wav", seconds: 0.5)
    let bad = try folder.file("bad.wav", "no sound".utf8)
    let client = try await local([bad, good, "\(folder.path)/none.wav", "--output", "json", "--jobs", "2"])
    #expect(client.end == .status(1))
    let objects = try JSONValue.lines(of: client)
    #expect(objects.map { $0["file"]?.string } == [bad, good, "\(folder.path)/none.wav"])
    #expect(objects.map { $0["complete"]?.bool } == [false, true, false])
    #expect(objects.map { $0["error"] == nil } == [false, true, false])
    #expect(objects[2]["error"]?.string?.hasSuffix("no such file") == true)
    #expect(client.standardError.lines.last == "2 of 3 failed: \(bad), \(folder.path)/none.wav")
  }

  @Test func `text of several files says which line is whose, and plain text is text alone`() async throws {
    let files = [try tone("a.wav", seconds: 0.2), try tone("b.wav", seconds: 0.1)]
    let lines = try await local(files + ["--output", "text"]).standardOutput.lines
    #expect(lines.map { $0.prefix(files[0].count + 2) } == [0, 0, 1].map { "\(files[$0]): " })
    let plain = try await local(files + ["--output", "plain"]).standardOutput.lines
    #expect(plain.count == 3)
    #expect(plain.allSatisfy { $0.hasPrefix("mock transcription") })
    let objects = try JSONValue.lines(of: try await local(files + ["--output", "utterances"]))
    #expect(objects.map { $0["file"]?.string } == [files[0], files[0], files[1]])
    #expect(objects.map { $0["start"]?.double } == [0, 0.1, 0])
  }

  @Test func `a quiet client writes nothing but results and what goes wrong`() async throws {
    let client = try await local([try tone("a.wav", seconds: 0.5), "--quiet"])
    #expect(client.end == .status(0))
    #expect(client.standardOutput.lines.count == 5)
    #expect(client.standardError.text == "")
    let failed = try await local(["\(folder.path)/none.wav", "--quiet"])
    #expect(failed.standardError.lines.count == 1)
  }

  @Test func `files in a loop are sent until Ctrl-C, which is no failure`() async throws {
    let server = try await TestServer()
    let client = try Program(
      "audio-client",
      ["file", try tone("a.wav", seconds: 0.2), "--loop", "--speed", "fast", "--output", "plain", "--url", server.url])
    try await eventually("it was sent three times") { client.standardOutput.lines.count >= 6 }
    client.signal(SIGINT)
    #expect(try await client.ended() == .status(0), "\(client.standardError.text)")
  }

  @Test(.enabled(if: SimulatedMicrophone.isAvailable, "\(SimulatedMicrophone.requirement)"))
  func `the sound of a client that is killed is in the file, as it was sent`() async throws {
    let microphone = SimulatedMicrophone(
      sampleRate: 16_000, channels: 1, format: "S16_LE", sound: .tone(hertz: 500, amplitude: 0.25))
    let configuration = try SimulatedMicrophone.configuration(of: ["default": microphone])
    let server = try await TestServer()
    let proxy = try RecordingProxy(to: server.port)
    let path = "\(folder.path)/talk.wav"
    let client = try Program(
      "audio-client", ["mic", "--record", path, "--url", proxy.url], environment: ["ALSA_CONFIG_PATH": configuration])
    try await eventually("a second is sent\n\(client.standardError.text)") { proxy.chunks().count >= 10 }
    client.signal(SIGKILL)
    try await client.ended()
    let sent = proxy.chunks().flatMap { $0 }
    let file = try #require(TextFile.bytes(path))
    let header = 44
    #expect(Int(file[40]) | Int(file[41]) << 8 | Int(file[42]) << 16 | Int(file[43]) << 24 == file.count - header)
    #expect(file.count - header >= sent.count)
    #expect(file.dropFirst(header).prefix(sent.count).elementsEqual(sent))
    proxy.stop()
  }

  @Test func `bash completes commands, flags and values`() async throws {
    func completions(_ words: String...) async throws -> [String] {
      let list = words.map { "'\($0)'" }.joined(separator: " ")
      let bash = try await Program.run(
        "/bin/bash",
        [
          "-c",
          "source <(\(Program.buildFolder)/audio-client completion bash); COMP_WORDS=(audio-client \(list)); "
            + "COMP_CWORD=\(words.count); _audio_client 2>/dev/null; printf '%s\\n' \"${COMPREPLY[@]}\"",
        ])
      return bash.standardOutput.lines
    }
    #expect(try await completions("fi") == ["file"])
    #expect(try await completions("file", "--out") == ["--output", "--output-dir"])
    #expect(try await completions("mic", "--output", "j") == ["json", "jsonl"])
    #expect(try await completions("mic", "--output", "=", "v") == ["vtt"])
    #expect(try await completions("completion", "z") == ["zsh"])
  }
}
