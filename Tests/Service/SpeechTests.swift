import Glibc
import JSON
import Scoring
import Support
import Testing

/// Real words, by the real programs. Where the engine is not set up these are left out, with the reason; not in CI.
@Suite(.serialized) struct SpeechTests {
  private static let home = "\(TextFile.repository)/.deps/speech"
  private static let isThere = access("\(home)/complete", R_OK) == 0
  private static let reason: Comment = "the engine speech is not set up: Scripts/setup-speech"

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The bundled recording, by its sentences: their frames, half a second of silence between them, and what is said.
  private static let sentences: [(frames: Range<Int>, said: String)] = [
    (
      0..<113_600,
      "and mister john dashwood had then leisure to consider how much there might be prudently in his power to do for them"
    ),
    (121_600..<169_440, "he was not an ill disposed young man"),
    (177_440..<262_240, "unless to be rather cold hearted and rather selfish is to be ill disposed"),
    (
      270_240..<367_040,
      "had he married a more a amiable woman he might have been made still more respectable than he was"
    ),
    (375_040..<427_680, "he might even have been made amiable himself"),
  ]
  private static let recording = "\(TextFile.repository)/Assets/speech.wav"
  private static var said: String { sentences.map(\.said).joined(separator: " ") }

  /// What a stream's receipt holds of its words.
  private struct Words: Equatable {
    var segments: [JSONValue]
    var seconds: Double

    var text: String { segments.compactMap { $0["text"]?.string }.joined(separator: " ") }

    init(of client: Program) throws {
      guard let receipt = try JSONValue.lines(of: client).last?["receipt"], let segments = receipt["segments"]?.array,
        let seconds = receipt["duration"]?.double
      else {
        throw TestFailure("no receipt with segments: \(client.standardOutput.text)\n\(client.standardError.text)")
      }
      self.segments = segments
      self.seconds = seconds
    }
  }

  private static func file(_ path: String, _ server: TestServer) throws -> Program {
    try Program("audio-client", ["file", path, "--speed", "fast", "--output", "json", "--url", server.url])
  }

  private func words(of client: Program) async throws -> Words {
    let end = try await client.ended(within: .seconds(240))
    #expect(end == .status(0), "\(client.standardError.text)")
    return try Words(of: client)
  }

  /// A part of the bundled recording as a file.
  private func cut(_ frames: Range<Int>) throws -> String {
    guard let bytes = TextFile.bytes(Self.recording) else { throw TestFailure("\(Self.recording) is not there") }
    let samples = bytes.suffix(427_680 * 2).dropFirst(frames.lowerBound * 2).prefix(frames.count * 2)
    let header = WaveFile.header(rate: 16_000, channels: 1, dataBytes: samples.count)
    return try folder.file("\(frames.lowerBound).wav", header + samples)
  }

  /// The status and the JSON of an HTTP answer.
  private static func answer(_ path: String, _ server: TestServer, upgrade: Bool = false) throws -> (Int, JSONValue) {
    let socket = try RawSocket(port: server.port)
    let headers =
      upgrade
      ? "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
      : ""
    try socket.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n")
    let head = try socket.receiveHead()
    let length = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
    guard let status = head.split(separator: " ").dropFirst().first.flatMap({ Int($0) }),
      let count = length?.split(separator: " ").last.flatMap({ Int($0) })
    else { throw TestFailure("an answer without a body: \(head)") }
    return (status, try JSONValue(parsing: socket.receive(count)))
  }

  private static func states(_ server: TestServer) throws -> [String: JSONValue] {
    let (status, json) = try answer("/api/audio/engines", server)
    #expect(status == 200)
    return (json["engines"]?.array ?? []).reduce(into: ["default": json["default"] ?? .null]) {
      $0[$1["engine"]?.string ?? ""] = $1
    }
  }

  @Test(.enabled(if: ContractRun.isCI, "only a machine that proves everything must have it"))
  func `the machine that proves everything has the engine speech`() {
    #expect(Self.isThere, Self.reason)
  }

  @Test(.enabled(if: isThere, reason))
  func `the bundled recording becomes its words, with their times in the receipt`() async throws {
    let server = try await TestServer(["--engine", "speech"])
    let states = try Self.states(server)
    #expect(states["default"]?.string == "speech")
    for engine in ["mock", "speech"] { #expect(states[engine]?["state"]?.string == "ready") }
    let words = try await words(of: Self.file(Self.recording, server))
    let errors = WordErrors(words.text, said: Self.said)
    #expect(errors.rate <= 0.05, "\(errors.errors) of \(errors.words): \(words.text)")
    #expect(words.segments.count >= 3)
    #expect(words.segments.compactMap { $0["segment"]?.integer } == Array(1...words.segments.count))
    var before = 0.0
    for segment in words.segments {
      guard let start = segment["start"]?.double, let end = segment["end"]?.double else {
        throw TestFailure("no times: \(segment)")
      }
      #expect(before <= start && start < end && end <= words.seconds)
      before = end
    }
  }

  @Test(.enabled(if: isThere, reason), .enabled(if: VirtualMicrophone.isAvailable, "\(VirtualMicrophone.requirement)"))
  func `what is spoken before a microphone becomes its words`() async throws {
    let server = try await TestServer(["--engine", "speech"])
    let microphone = try VirtualMicrophone()
    let spoken = try cut(Self.sentences[1].frames.lowerBound..<Self.sentences[2].frames.upperBound)
    let client = try Program(
      "audio-client", ["mic", "--output", "json", "--url", server.url], environment: microphone.environment)
    try await eventually("the client is there\n\(client.standardError.text)") {
      server.program.standardError.text.contains("client connected")
    }
    try await Task.detached { try microphone.play(spoken) }.value
    client.signal(SIGINT)
    let words = try await words(of: client)
    let errors = WordErrors(words.text, said: Self.sentences[1].said + " " + Self.sentences[2].said)
    #expect(errors.rate <= 0.1, "\(errors.errors) of \(errors.words): \(words.text)")
  }

  @Test(.enabled(if: isThere, reason))
  func `eight recordings at once give the same words as one by one`() async throws {
    let paths =
      try Self.sentences.map { try cut($0.frames) } + [
        Self.recording, "\(Self.home)/recordings/two_cities.wav", "\(Self.home)/recordings/beckett.wav",
      ]
    let server = try await TestServer(["--engine", "speech"])
    var alone: [Words] = []
    for path in paths { alone.append(try await words(of: Self.file(path, server))) }
    let clients = try paths.map { try Self.file($0, server) }
    for (client, expected) in zip(clients, alone) {
      let words = try await words(of: client)
      #expect(!words.text.isEmpty)
      #expect(words == expected)
    }
    #expect(Set(alone.map(\.text)).count == paths.count)
  }

  @Test(.enabled(if: isThere, reason))
  func `workers killed while they listen change no word and no time`() async throws {
    let server = try await TestServer(["--engine", "speech", "--workers", "2"])
    let undisturbed = try await words(of: Self.file(Self.recording, server))
    let clients = try (0..<3).map { _ in
      try Program(
        "audio-client", ["file", Self.recording, "--speed", "4", "--output", "json", "--url", server.url])
    }
    for _ in 0..<6 {
      try await Task.sleep(for: .milliseconds(900))
      for worker in server.workers { kill(worker, SIGKILL) }
    }
    for client in clients {
      let words = try await words(of: client)
      #expect(words == undisturbed)
      let receipt = try JSONValue.lines(of: client).last?["receipt"]
      #expect(receipt?["dropped"]?.integer == 0)
    }
  }

  @Test(.enabled(if: isThere, reason))
  func `a start message has speech where the mock is the default, and the receipt has the segments that were told`()
    async throws
  {
    let server = try await TestServer(["--model", "\(Self.home)/models/moonshine-tiny-en"])
    let client = try RawWebSocket(port: server.port)
    try client.send(text: #"{"type":"start","engine":"speech"}"#)
    guard let bytes = TextFile.bytes(try cut(Self.sentences[1].frames)) else { throw TestFailure("no sound") }
    for start in stride(from: 44, to: bytes.count, by: 3200) {
      try client.send(binary: Array(bytes[start..<min(start + 3200, bytes.count)]))
    }
    try client.send(text: #"{"type":"stop"}"#)
    var replies: [JSONValue] = []
    while case .text(let text) = try client.receive() { replies.append(try JSONValue(parsing: text)) }
    #expect(replies.first?["engine"]?.string == "speech")
    let told = replies.filter { $0["transcription"] != nil }.flatMap { $0["segments"]?.array ?? [] }
    #expect(told.first?["text"]?.string?.hasPrefix("He was not an") == true)
    #expect(replies.last?["segments"]?.array == told)
  }

  @Test func `without its model speech is refused with the way to get it, and the mock works`() async throws {
    let server = try await TestServer(["--model", "/nonexistent"])
    let states = try Self.states(server)
    #expect(states["default"]?.string == "mock")
    #expect(states["mock"]?["state"]?.string == "ready")
    #expect(states["speech"]?["state"]?.string == "unavailable")
    #expect(states["speech"]?["reason"]?.string?.contains("Scripts/setup-speech") == true)
    let (status, json) = try Self.answer("/api/audio/ws?engine=speech", server, upgrade: true)
    #expect(status == 503)
    #expect(json["error"]?.string?.contains("engine speech is unavailable") == true)
    #expect(json["error"]?.string?.contains("Scripts/setup-speech") == true)
    let refused = try await Program.run(
      "audio-client", ["file", Self.recording, "--no-retry", "--url", server.url + "?engine=speech"])
    #expect(refused.end == .status(1))
    #expect(refused.standardError.text.contains("503"))
    let mock = try Self.file(cut(Self.sentences[1].frames), server)
    #expect(try await mock.ended() == .status(0), "\(mock.standardError.text)")
    #expect(mock.standardOutput.text.contains("mock transcription"))
    #expect(try Self.answer("/api/audio/ready", server).0 == 200)
  }

  @Test(arguments: [["--engine", "speech"], ["--require-engine", "speech"]])
  func `a server that must have speech and cannot is not ready, and serves the mock`(_ flags: [String]) async throws {
    let server = try await TestServer(flags + ["--model", "/nonexistent"])
    let (status, json) = try Self.answer("/api/audio/ready", server)
    #expect(status == 503)
    #expect(json["reason"]?.string?.hasPrefix("engine speech is unavailable: ") == true)
    let (_, states) = try Self.answer("/api/audio/stats", server)
    let engines = try #require(states["engines"]?.array)
    let ready = engines.reduce(into: [:]) { $0[$1["engine"]?.string ?? ""] = $1["ready"]?.bool }
    #expect(ready == ["speech": false, "mock": true])
    #expect(try Self.answer("/api/audio/health", server).0 == 200)
    let mock = try Program(
      "audio-client",
      ["file", cut(Self.sentences[1].frames), "--speed", "fast", "--engine", "mock", "--url", server.url])
    #expect(try await mock.ended() == .status(0), "\(mock.standardError.text)")
  }
}
