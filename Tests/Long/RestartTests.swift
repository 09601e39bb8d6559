import Glibc
import JSON
import Support
import Testing

/// The words of a recording, and their times, are those of the undisturbed run, however its server ends and is started
/// anew. In full (`make test-long`): ten places, three seeds, each way to end and each source.
@Suite(.serialized) struct RestartTests {
  enum Source: CaseIterable { case file, microphone }

  struct Case: CustomStringConvertible {
    var signal: Int32
    var source: Source
    var hasJournal = false
    var description: String {
      "\(signal == SIGKILL ? "kill -9" : "SIGTERM"), \(source)\(hasJournal ? ", journal" : "")"
    }
  }

  private static let cases = LongForm.either(
    [SIGTERM, SIGKILL].flatMap { signal in
      Source.allCases.map { Case(signal: signal, source: $0) }
        + [Case(signal: signal, source: .file, hasJournal: true)]
    },
    orShort: [
      Case(signal: SIGTERM, source: .file), Case(signal: SIGKILL, source: .microphone),
      Case(signal: SIGKILL, source: .file, hasJournal: true),
    ])
  private static let places = LongForm.either(10, orShort: 3)
  private static let seeds = LongForm.either((1...3).map { Seed($0) }, orShort: Seed.fresh)
  private static let recording = "\(TextFile.repository)/Assets/speech.wav"
  private static let headerBytes = 44
  private static let bytesPerSecond = 32_000

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// What is said and when.
  private struct Segment: Equatable {
    var start: Double?
    var end: Double?
    var text: String?
  }

  /// The samples of the recording, in the short form of its end, and two seconds of silence: so every utterance ends by
  /// itself.
  private func samples() throws -> [UInt8] {
    guard let bytes = TextFile.bytes(Self.recording) else { throw TestFailure("\(Self.recording) is not there") }
    let sound = bytes.dropFirst(Self.headerBytes)
    return LongForm.either(Array(sound), orShort: Array(sound.suffix(10 * Self.bytesPerSecond)))
      + [UInt8](repeating: 0, count: 2 * Self.bytesPerSecond)
  }

  /// - Parameter sessions: those it took, if that is certain.
  private func segments(of client: Program, sessions: Int? = 1) async throws -> [Segment] {
    let end = try await client.ended(within: .seconds(180))
    #expect(end == .status(0), "\(client.standardError.text)")
    guard let object = try JSONValue.lines(of: client).last, let segments = object["segments"]?.array else {
      throw TestFailure("no segments: \(client.standardOutput.text)\n\(client.standardError.text)")
    }
    #expect(object["complete"]?.bool == true)
    if let sessions { #expect(object["sessions"]?.array?.count == sessions, "\(client.standardError.text)") }
    return segments.map { Segment(start: $0["start"]?.double, end: $0["end"]?.double, text: $0["text"]?.string) }
  }

  /// A client that streams the recording in real time: the file at `path`, or what a microphone hears from `sound`.
  private func client(_ source: Source, _ sound: String, _ path: String, _ url: String) throws -> Program {
    switch source {
    case .file: return try Program("audio-client", ["file", path, "--output", "json", "--url", url])
    case .microphone:
      let microphone = SimulatedMicrophone(
        sampleRate: 16_000, channels: 1, sound: .file(sound, loops: false))
      let configuration = try SimulatedMicrophone.configuration(of: ["default": microphone])
      return try Program(
        "audio-client", ["mic", "--output", "json", "--url", url], environment: ["ALSA_CONFIG_PATH": configuration])
    }
  }

  @Test(
    .enabled(if: SpeechFiles.areExpected, "\(SpeechFiles.reason)"),
    .enabled(if: SimulatedMicrophone.isAvailable, "\(SimulatedMicrophone.requirement)"), arguments: cases, seeds)
  func `no word is lost or doubled when the server ends and is started anew`(_ fault: Case, _ seed: Seed) async throws {
    let samples = try samples()
    let length = Double(samples.count) / Double(Self.bytesPerSecond)
    let path = try folder.file(
      "talk.wav", WaveFile.header(rate: 16_000, channels: 1, dataBytes: samples.count) + samples)
    let flags = ["--engine", "speech"] + (fault.hasJournal ? ["--journal", "\(folder.path)/journal"] : [])
    let sound = try folder.file("sound.raw", samples)
    var server = try await TestServer(flags)
    let undisturbed = try await segments(
      of: Program("audio-client", ["file", path, "--speed", "fast", "--output", "json", "--url", server.url]))
    #expect(undisturbed.count >= 2)

    // Clients that begin one after the other are cut at different places.
    var random = seed.random
    let begins = (0..<Self.places).map { _ in Double.random(in: 0...length - 3, using: &random) }.sorted()
    let began = ContinuousClock.now
    var clients: [Program] = []
    for begin in begins {
      try await Task.sleep(until: began + .seconds(begin))
      clients.append(try client(fault.source, sound, path, server.url))
    }
    try await Task.sleep(until: began + .seconds(length - 2))
    try await server.stop(fault.signal)
    server = try await TestServer(flags, port: server.port)

    for (client, begin) in zip(clients, begins) {
      if fault.source == .microphone {
        try await Task.sleep(until: began + .seconds(begin + length + 3))
        client.signal(SIGINT)
      }
      let heard = try await segments(of: client, sessions: fault.hasJournal ? 1 : nil)
      #expect(heard == undisturbed, "begun at \(begin) s\n\(client.standardError.text)")
    }
    try await server.stop()
  }
}
