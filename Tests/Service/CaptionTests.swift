import Glibc
import JSON
import Support
import Testing

@Suite struct CaptionTests {
  private let folder: TemporaryFolder
  private let server: TestServer

  init() async throws {
    folder = try TemporaryFolder()
    server = try await TestServer()
  }

  private func recording(_ name: String, seconds: Double) throws -> String {
    let samples = Tone(hertz: 440, amplitude: 0.5).samples(rate: 16_000, count: Int(seconds * 16_000))
    return try folder.file(name, WaveFile.bytes(samples, rate: 16_000))
  }

  @Test(arguments: ["srt", "vtt"])
  func `subtitles are each chunk's text at the chunk's own time`(_ kind: String) async throws {
    let path = try recording("tone.wav", seconds: 0.85)
    let client = try await Program.run(
      "audio-client", ["file", path, "--speed", "fast", "--output", kind, "--url", server.url])
    #expect(client.end == .status(0), "\(client.standardError.text)")
    let text = client.standardOutput.text
    let subtitles = try kind == "srt" ? Subtitles(subRip: text) : Subtitles(webVTT: text)
    // The text of one of the first nine chunks is longer than a line and just fits into a cue.
    #expect(subtitles.cues.map(\.start) == (0..<9).map { $0 * 100 })
    #expect(subtitles.cues.map(\.end) == (1..<9).map { $0 * 100 } + [850])
    #expect(subtitles.text.contains("msg#9 (binary 1600 bytes)"))
  }

  @Test(arguments: ["srt", "vtt"])
  func `what an interrupt leaves is a whole file`(_ kind: String) async throws {
    let path = try recording("long.wav", seconds: 100)
    let client = try Program("audio-client", ["file", path, "--output", kind, "--url", server.url])
    try await eventually("a cue is there before the end") { client.standardOutput.text.contains("msg#3") }
    client.signal(SIGINT)
    try await client.ended()
    let text = client.standardOutput.text
    let subtitles = try kind == "srt" ? Subtitles(subRip: text) : Subtitles(webVTT: text)
    #expect(subtitles.cues.count >= 3)
    #expect(subtitles.cues.count < 1000)
  }

  @Test func `each source gets a file of its own, of every kind`() async throws {
    let sources = try ["one.wav", "two.wav"].map { try recording($0, seconds: 0.5) }
    for (kind, suffix) in [("srt", "srt"), ("vtt", "vtt"), ("json", "json"), ("jsonl", "jsonl"), ("text", "txt")] {
      let output = "\(folder.path)/out/\(kind)"
      let client = try await Program.run(
        "audio-client",
        ["file"] + sources + ["--speed", "fast", "--output", kind, "--output-dir", output, "--url", server.url])
      #expect(client.end == .status(0), "\(client.standardError.text)")
      #expect(client.standardOutput.text.isEmpty)
      for name in ["one", "two"] {
        guard let text = TextFile.read("\(output)/\(name).\(suffix)") else { throw TestFailure("no \(name).\(suffix)") }
        switch kind {
        case "srt": #expect(try Subtitles(subRip: text).cues.count == 5)
        case "vtt": #expect(try Subtitles(webVTT: text).cues.count == 5)
        case "json": #expect(try JSONValue(parsing: text.utf8)["file"]?.string?.hasSuffix("/\(name).wav") == true)
        case "jsonl": #expect(text.contains(#""type":"summary""#))
        default: #expect(text.split(separator: "\n").count == 5)
        }
      }
    }
  }

  @Test func `a folder that can't be and a full disk are said, exit 1`() async throws {
    let path = try recording("tone.wav", seconds: 0.2)
    let inTheWay = try folder.file("file", [])
    let client = try await Program.run(
      "audio-client", ["file", path, "--output-dir", "\(inTheWay)/out", "--url", server.url])
    #expect(client.end == .status(1))
    #expect(client.standardError.text.contains(inTheWay))
    try #require(symlink("/dev/full", "\(folder.path)/tone.srt") == 0)
    let full = try await Program.run(
      "audio-client",
      ["file", path, "--speed", "fast", "--output", "srt", "--output-dir", folder.path, "--url", server.url])
    #expect(full.end == .status(1))
    #expect(full.standardError.text.contains("tone.srt: No space left on device"))
  }

  @Test func `what would mix two sources' results is refused with what to do, exit 2`() async throws {
    let both = try await Program.run("audio-client", ["file", "a.wav", "b.wav", "--output", "srt"])
    #expect(both.end == .status(2))
    #expect(both.standardError.text.contains("--output-dir"))
    let same = try await Program.run("audio-client", ["file", "x/a.wav", "y/a.mp3", "--output-dir", folder.path])
    #expect(same.end == .status(2))
    for part in ["x/a.wav", "y/a.mp3", "a.txt"] { #expect(same.standardError.text.contains(part)) }
  }

  @Test func `an engine that can't be had is told with its reason, and not asked for again`() async throws {
    let path = try recording("tone.wav", seconds: 0.2)
    for (engine, reason) in [
      ("speech", "engine speech is unavailable: not enabled"), ("magic", #"engine: expected one of mock, got "magic""#),
    ] {
      for command in [["file", path], ["simulate", "--messages", "1"]] {
        let client = try await Program.run("audio-client", command + ["--engine", engine, "--url", server.url])
        #expect(client.end == .status(1))
        #expect(client.standardError.text.contains(reason), "\(client.standardError.text)")
      }
    }
    let mock = try await Program.run(
      "audio-client", ["file", path, "--speed", "fast", "--url", server.url],
      environment: ["AUDIO_CLIENT_ENGINE": "mock"])
    #expect(mock.end == .status(0), "\(mock.standardError.text)")
  }

  @Test(.enabled(if: SimulatedMicrophone.isAvailable, "\(SimulatedMicrophone.requirement)"))
  func `behind a reconnection a microphone's subtitles go on where the recording is`() async throws {
    let configuration = try SimulatedMicrophone.configuration(of: ["default": SimulatedMicrophone(sound: .silence)])
    let client = try Program(
      "audio-client", ["mic", "--output", "srt", "--url", server.url],
      environment: ["ALSA_CONFIG_PATH": configuration])
    try await eventually("some sound is answered") { client.standardOutput.text.contains("msg#5 ") }
    server.program.signal(SIGKILL)
    try await server.program.ended()
    let again = try Program("audio-server", ["--port", "\(server.port)"])
    try await eventually("a second session is answered") {
      client.standardOutput.text.components(around: "msg#5 ") == 3
    }
    client.signal(SIGINT)
    try await client.ended()
    // Chunks that the first server took with it have no cue; the last of them is before what the second got.
    let cues = try Subtitles(subRip: client.standardOutput.text).cues
    let first = cues.lastIndex { $0.lines.joined(separator: " ").contains("msg#1 ") } ?? 0
    #expect(first >= 5)
    #expect(cues[first].start >= cues[first - 1].end)
    #expect(cues.allSatisfy { $0.start % 100 == 0 })
    again.signal(SIGTERM)
    try await again.ended()
  }
}

@Suite(.enabled(if: SpeechFiles.areExpected, "\(SpeechFiles.reason)"))
struct SpeechCaptionTests {
  private func said(_ text: String) -> String { text.lowercased().filter { $0.isLetter || $0 == " " } }

  @Test func `words are lines with their time, subtitles and segments, and the same in each`() async throws {
    let server = try await TestServer(["--engine", "speech"], environment: ["AUDIO_SPEECH_HOME": SpeechFiles.home])
    func run(_ kind: String) async throws -> Program {
      let client = try await Program.run(
        "audio-client",
        [
          "file", "\(SpeechFiles.home)/recordings/beckett.wav", "--speed", "fast", "--output", kind, "--url",
          server.url,
        ])
      #expect(client.end == .status(0), "\(client.standardError.text)")
      return client
    }
    let object = try JSONValue.lines(of: try await run("json"))[0]
    let segments = object["segments"]?.array ?? []
    #expect(!segments.isEmpty)
    let texts = segments.compactMap { $0["text"]?.string }
    #expect(object["text"]?.string == texts.joined(separator: "\n"))
    #expect(said(texts.joined(separator: " ")).hasPrefix("ever tried ever failed no matter"))

    let lines = try await run("text").standardOutput.lines
    #expect(lines.map { $0.drop { $0 != "]" }.dropFirst(2) }.map(String.init) == texts)
    #expect(lines.allSatisfy { $0.wholeMatch(of: /\[\d\d:\d\d\.\d\d–\d\d:\d\d\.\d\d\] .+/) != nil })

    let subtitles = try Subtitles(subRip: try await run("srt").standardOutput.text)
    #expect(subtitles.text == texts.joined(separator: " "))
    #expect(subtitles.cues.first?.start == segments[0]["start"]?.double.map { Int(($0 * 1000).rounded()) })
    #expect(try Subtitles(webVTT: try await run("vtt").standardOutput.text).cues == subtitles.cues)
  }
}

extension String {
  /// How many pieces it falls into at each `part`.
  fileprivate func components(around part: String) -> Int { ranges(of: part).count + 1 }
}
