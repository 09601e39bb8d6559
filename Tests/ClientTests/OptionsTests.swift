import Audio
import CommandLine
import Testing

@testable import Client
@testable import SpeechClient

struct OptionsTests {
  private func settings(_ flags: [Flag], _ arguments: [String], _ variables: [String: String] = [:]) throws(UsageError)
    -> Settings
  {
    try Settings(flags, arguments: arguments) { variables[$0] }
  }

  private func simulation(_ arguments: String..., variables: [String: String] = [:]) throws(UsageError)
    -> SimulationOptions
  {
    try SimulationOptions(try settings(ClientFlags.simulate, arguments, variables))
  }

  @Test func `the environment variables of the original client are read`() throws {
    let options = try simulation(variables: ["WS_URL": "ws://there:1/x", "MSGS": "7", "RATE_MS": "2.5"])
    #expect("\(options.server.url)" == "ws://there:1/x")
    #expect(options.plan.messages == 7)
    #expect(options.plan.interval == .milliseconds(2.5))
    let flags = try simulation("--messages", "8", "--rate-ms", "0", variables: ["MSGS": "7", "RATE_MS": "2"])
    #expect(flags.plan.messages == 8)
    #expect(flags.plan.interval == .zero)
  }

  @Test func `without flags the plan has its documented defaults`() throws {
    let plan = try simulation().plan
    #expect(plan.clients == 1)
    #expect(plan.messages == 1000)
    #expect(plan.interval == .milliseconds(10))
    #expect(plan.chunkBytes == 4096)
    #expect(try simulation().server.retries)
  }

  @Test(arguments: [
    ["--rate-ms", "x"], ["--rate-ms", "-1"], ["--rate-ms", "nan"], ["--clients", "0"], ["--messages", "1.5"],
    ["--chunk-bytes", "0"], ["--url", "ftp://x"], ["--output", "jsonl"], ["--in-flight", "1000"], ["--speed", "1"],
  ])
  func `a wrong value is refused by its flag's name`(arguments: [String]) {
    let error = #expect(throws: UsageError.self) {
      try SimulationOptions(try settings(ClientFlags.simulate, arguments))
    }
    #expect(error?.message.hasPrefix(arguments[0]) == true)
  }

  @Test func `a file's speed, chunk and output are read, and a path is needed`() throws {
    func file(_ arguments: String...) throws(UsageError) -> FileOptions {
      try FileOptions(try settings(ClientFlags.file, arguments))
    }
    let options = try file("a.wav", "--speed", "fast", "-", "--chunk-ms", "20", "--output", "json")
    #expect(options.paths == ["a.wav", "-"])
    #expect(options.speed == .fast)
    #expect(options.chunkMilliseconds == 20)
    #expect(options.output == .json)
    #expect(options.conversion.raw == nil)
    #expect(try file("a.wav").speed == nil)
    let wanted = AudioFormat(sampleRate: 8000, channels: 2, encoding: .mulaw)
    #expect(try file("a.raw", "--raw", "mulaw:8000:2").conversion.raw == wanted)
    #expect(try file("a.raw", "--raw", "s16le").conversion.raw == .standard)
    for wrong in ["", "s16", "s16le:16000:1:1", "s16le:16000:0", "s16le:1:1", "s16le::1"] {
      #expect(throws: UsageError.self) { try file("a.raw", "--raw", wrong) }
    }
    #expect(throws: UsageError.self) { try file() }
    #expect(throws: UsageError.self) { try file("-", "-") }
    #expect(throws: UsageError.self) { try file("a", "--speed", "warp") }
    #expect(throws: UsageError.self) { try file("a", "--chunk-ms", "1001") }
  }

  @Test func `the microphone's format is added to the query of the URL`() throws {
    let options = try MicrophoneOptions(
      try settings(
        ClientFlags.mic, ["--rate", "48000", "--channels", "2", "--encoding", "f32le", "--url", "ws://h/p?engine=mock"])
    )
    #expect(
      "\(options.server.url(announcing: options.format))"
        == "ws://h/p?engine=mock&sample_rate=48000&channels=2&encoding=f32le")
    #expect(options.chunkFrames == 4800)
  }

  @Test func `the file for the sound has the name of a kind that can be written`() throws {
    func record(_ path: String) throws -> String? {
      try MicrophoneOptions(try settings(ClientFlags.mic, ["--record", path])).keeping.soundFile
    }
    #expect(try record("a/talk.FLAC") == "a/talk.FLAC")
    let error = #expect(throws: UsageError.self) { try record("talk.mp5") }
    #expect(
      error?.message
        == "--record: expected a name that ends with one of .flac, .wav, .w64, .caf, .ogg, .opus, or a folder that ends with /, got \"talk.mp5\""
    )
  }

  @Test func `a folder for the sound ends with a slash or is there, and old files are those of a folder`() throws {
    func keeping(_ arguments: String...) throws -> Keeping {
      try MicrophoneOptions(try settings(ClientFlags.mic, arguments)).keeping
    }
    #expect(try keeping() == Keeping())
    #expect(try keeping("--record", "sound/").soundFolder == "sound/")
    #expect(try keeping("--record", "/tmp").soundFolder == "/tmp")
    let all = try keeping("--text-dir", "texts", "--record", "a.wav", "--keep-days", "30")
    #expect((all.textFolder, all.soundFile, all.soundFolder, all.keepDays) == ("texts", "a.wav", nil, 30))
    #expect(throws: UsageError.self) { try keeping("--record", "a.wav", "--keep-days", "30") }
    #expect(throws: UsageError.self) { try keeping("--text-dir", "texts", "--output", "srt") }
  }

  @Test func `files in a loop come from files, and subtitles of several rounds need a folder`() throws {
    #expect(try file(["a.wav", "--loop"]).switches.isLoop)
    #expect(throws: UsageError.self) { try file(["-", "--loop"]) }
    #expect(throws: UsageError.self) { try file(["a.wav", "--loop", "--output", "srt"]) }
  }

  private func file(_ arguments: [String], _ variables: [String: String] = [:]) throws(UsageError) -> FileOptions {
    try FileOptions(try settings(ClientFlags.file, arguments, variables))
  }

  @Test func `fast files are sent one per processor at once, others one by one`() throws {
    #expect(try file(["a"]).jobs == 1)
    #expect(try file(["a", "--speed", "2"]).jobs == 1)
    #expect(try file(["a", "--speed", "fast"]).jobs >= 1)
    #expect(try file(["a", "--jobs", "7"]).jobs == 7)
    #expect(try file(["a", "--speed", "fast"], ["AUDIO_JOBS": "3"]).jobs == 3)
    #expect(throws: UsageError.self) { try file(["a", "--jobs", "0"]) }
  }

  @Test func `subtitles of several files on one stdout are refused with a remedy`() throws {
    for kind in ["srt", "vtt"] {
      let error = #expect(throws: UsageError.self) { try file(["a.wav", "b.wav", "--output", kind]) }
      #expect(error?.message.contains("--output-dir") == true)
      #expect(try file(["a.wav", "--output", kind]).output.rawValue == kind)
      let options = try file(["x/a.wav", "b.wav", "-", "--output", kind, "--output-dir", "out"])
      #expect(options.results.paths == ["out/a.\(kind)", "out/b.\(kind)", "out/stdin.\(kind)"])
    }
    #expect(try file(["a", "b", "--output", "jsonl"]).results.paths == [])
  }

  @Test func `the engine is requested in the URL, and the server's variable is not read`() throws {
    let options = try file(["a", "--url", "ws://h/p", "--engine", "speech"])
    #expect("\(options.server.url(announcing: .standard))".hasSuffix("&encoding=s16le&engine=speech"))
    #expect(try file(["a"], ["AUDIO_CLIENT_ENGINE": "mock"]).server.wishes.engine == "mock")
    #expect(try file(["a"], ["AUDIO_ENGINE": "speech"]).server.wishes.engine == nil)
    #expect(try simulation("--engine", "mock").server.wishes.engine == "mock")
  }

  @Test func `a file looks for a server for ten minutes, a microphone forever, and both buffer a gigabyte`() throws {
    #expect(try file(["a"]).spool.retryFor == .seconds(600))
    #expect(
      try file(["a", "--retry-for", "2.5", "--spool-mb", "0"]).spool
        == SpoolOptions(fileBytes: 0, retryFor: .seconds(2.5)))
    let microphone = try MicrophoneOptions(try settings(ClientFlags.mic, [], ["AUDIO_SPOOL_MB": "7"]))
    #expect(microphone.spool == SpoolOptions(fileBytes: 7 << 20))
    #expect(try file(["a"]).spool.fileBytes == 1 << 30)
    #expect(throws: UsageError.self) { try file(["a", "--spool-mb", "-1"]) }
    #expect(throws: UsageError.self) { try file(["a", "--retry-for", "long"]) }
  }

  @Test func `the bundled recording goes by its name`() throws {
    let options = try MicrophoneOptions(try settings(ClientFlags.mic, []))
    let playback = try FileOptions.Playback(try settings(ClientFlags.withoutCommand, ["--loop"]))
    let recording = FileOptions(playing: "/a/long/way/speech.wav", for: options, playback)
    #expect(recording.switches.isLoop)
    #expect(recording.title == "speech.wav")
    #expect(try file(["a/b.wav"]).title == nil)
  }

  @Test func `every flag of every command is in its help`() {
    for command in Command.allCases { #expect(Help.text(for: command, width: 100).contains("Exit status: 0")) }
    for flag in ClientFlags.mic { #expect(Help.text(for: .mic, width: 100).contains("--\(flag.name)")) }
    for command in Command.allCases { #expect(Help.overall(width: 100).contains(command.rawValue)) }
  }
}

struct BundledRecordingTests {
  @Test func `the variable alone counts when it is set`() {
    #expect(BundledRecording.candidates(variable: "/x.wav", executable: "/a/b") == ["/x.wav"])
  }

  @Test func `beside an installed program, then in each folder above it`() {
    #expect(
      BundledRecording.candidates(variable: "", executable: "/opt/as/bin/audio-client") == [
        "/opt/as/share/audio-service/speech.wav", "/opt/as/bin/Assets/speech.wav", "/opt/as/Assets/speech.wav",
        "/opt/Assets/speech.wav", "/Assets/speech.wav",
      ])
  }
}
