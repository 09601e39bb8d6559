import Contract
import JSON
import Support
import Testing

@Suite struct ClientFileTests {
  private let folder: TemporaryFolder
  private let server: TestServer

  init() async throws {
    folder = try TemporaryFolder()
    server = try await TestServer()
  }

  private func client(_ arguments: [String], input: Program.Input = .nothing) async throws -> Program {
    try await Program.run("audio-client", arguments + ["--url", server.url], input: input)
  }

  /// A tone that swells, so that no two chunks measure the same.
  private func swell(seconds: Double, rate: Int = 16_000) -> [Double] {
    let tone = Tone(hertz: 440, amplitude: 0.9).samples(rate: rate, count: Int(seconds * Double(rate)))
    return tone.enumerated().map { $1 * Double($0) / Double(tone.count) }
  }

  @Test func `a WAV file's receipt agrees with what coreutils and plain arithmetic say of its samples`() async throws {
    let samples = swell(seconds: 2.371)
    let path = try folder.file("swell.wav", WaveFile.bytes(samples, rate: 16_000))
    let client = try await client(["file", path, "--speed", "fast", "--output", "json"])
    #expect(client.end == .status(0), "\(client.standardError.text)")
    let objects = try JSONValue.lines(of: client)
    #expect(objects.count == 1)
    guard let receipt = objects[0]["receipt"].flatMap(Receipt.init) else { throw TestFailure("no receipt: \(objects)") }
    let pcm = WaveFile.pcm(samples)
    #expect(receipt.sha256 == (try await Program.sha256(pcm)))
    #expect(receipt.bytes == pcm.count)
    let measured = pcm.samples
    #expect(abs(receipt.level.rms - Tone.rms(measured)) < 1e-6 * receipt.level.rms)
    #expect(receipt.level.peak == measured.map(abs).max())
    #expect(abs(receipt.duration - Double(measured.count) / 16_000) < 1e-9)
    #expect((receipt.processed, receipt.dropped, receipt.replayed) == (receipt.chunks, 0, 0))
  }

  @Test func `jsonl is every message as it came, and each chunk's figures are those of its samples`() async throws {
    let samples = swell(seconds: 1.05)
    let path = try folder.file("swell.wav", WaveFile.bytes(samples, rate: 16_000))
    let client = try await client(["file", path, "--speed", "fast", "--output", "jsonl"])
    #expect(client.end == .status(0), "\(client.standardError.text)")
    let measured = WaveFile.pcm(samples).samples
    var next = 0
    var accepted = 0
    var answered = 0
    var kinds: [String] = []
    for line in client.standardOutput.lines {
      guard let message = ServerMessage(parsing: line.utf8) else { throw TestFailure("\(line) is no message") }
      switch message {
      case .accepted(_, let seq, _):
        accepted += 1
        #expect(seq == accepted)
      case .transcription(let reply):
        // At the end the last one comes again.
        guard reply.seq > answered else { continue }
        answered += 1
        #expect(reply.seq == answered)
        let first = Int((reply.start * 16_000).rounded())
        let count = Int((reply.duration * 16_000).rounded())
        #expect(first == next)
        let part = Array(measured[first..<first + count])
        #expect(abs(reply.rms - Tone.rms(part)) <= 1e-6 * reply.rms)
        #expect(reply.peak == part.map(abs).max())
        next += count
      case .started: kinds.append("started")
      case .flushed: kinds.append("flushed")
      case .summary: kinds.append("summary")
      case .pong, .notice: continue
      case .failure: kinds.append("failure")
      }
    }
    #expect(next == measured.count)
    #expect(kinds.suffix(2) == ["flushed", "summary"])
    #expect(!kinds.contains("failure"))
  }

  @Test func `text is the transcriptions and nothing else on standard output`() async throws {
    let path = try folder.file("swell.wav", WaveFile.bytes(swell(seconds: 0.3), rate: 16_000))
    let client = try await client(["file", path, "--speed", "fast"])
    #expect(client.end == .status(0))
    #expect(!client.standardOutput.lines.isEmpty)
    for line in client.standardOutput.lines { #expect(line.contains("mock transcription for client")) }
    #expect(!client.standardError.text.isEmpty)
  }

  @Test func `another rate, two channels and a compressed file keep tone and level`() async throws {
    let tone = Tone(hertz: 997, amplitude: 0.5).samples(rate: 44_100, count: 66_150).flatMap { [$0, $0] }
    let path = "\(folder.path)/tone.flac"
    try SoundFileWriter.write(tone, to: path, .flac, .s16, rate: 44_100, channels: 2)
    let proxy = try RecordingProxy(to: server.port)
    let client = try await Program.run(
      "audio-client", ["file", path, "--speed", "fast", "--output", "json", "--url", proxy.url])
    #expect(client.end == .status(0), "\(client.standardError.text)")
    guard let receipt = try JSONValue.lines(of: client).first?["receipt"].flatMap(Receipt.init) else {
      throw TestFailure("no receipt: \(client.standardOutput.text)")
    }
    #expect(abs(receipt.duration - 1.5) < 0.001)
    #expect(abs(receipt.level.rms - 0.5 / 2.0.squareRoot()) < 0.002)
    #expect(receipt.sha256 == (try await Program.sha256(proxy.chunks().flatMap { $0 })))
    proxy.stop()
  }

  @Test func `several files are done one after another, and standard input is a file too`() async throws {
    let first = try folder.file("first.wav", WaveFile.bytes(swell(seconds: 0.25), rate: 16_000))
    let second = try folder.file("second.wav", WaveFile.bytes(swell(seconds: 0.5), rate: 16_000))
    let third = WaveFile.bytes(swell(seconds: 0.75), rate: 16_000)
    let client = try await client(
      ["file", first, second, "-", "--speed", "fast", "--output", "json"], input: .bytes(third))
    #expect(client.end == .status(0), "\(client.standardError.text)")
    let objects = try JSONValue.lines(of: client)
    #expect(objects.compactMap { $0["receipt"].flatMap(Receipt.init)?.duration } == [0.25, 0.5, 0.75])
  }

  @Test func `a file that can't be done is named with its cause, the others are done, exit 1`() async throws {
    let good = WaveFile.bytes(swell(seconds: 0.25), rate: 16_000)
    let paths = [
      try folder.file("good.wav", good),
      "\(folder.path)/missing.wav",
      try folder.file("empty.wav", []),
      try folder.file("notes.wav", Array("This is no audio, whatever its name says.".utf8)),
      folder.path,
      try folder.file("also-good.wav", good),
    ]
    let client = try await client(["file"] + paths + ["--speed", "fast", "--output", "json"])
    #expect(client.end == .status(1))
    for name in ["missing.wav", "empty.wav", "notes.wav"] {
      #expect(client.standardError.lines.contains { $0.contains(name) }, "\(name) is not named")
    }
    let done = try JSONValue.lines(of: client).filter { $0["receipt"].flatMap(Receipt.init)?.duration == 0.25 }
    #expect(done.count == 2)
  }

  @Test func `standard input that can't be done is called stdin, and a path without a letter is seen`() async throws {
    let client = try await client(["file", "-", "", "--speed", "fast"], input: .bytes(Array("no audio".utf8)))
    #expect(client.end == .status(1))
    #expect(client.standardError.lines.contains { $0.hasPrefix("stdin: not an audio file") })
    #expect(client.standardError.lines.contains("\"\": no such file"))
  }

  @Test func `a truncated file is sent as far as it goes, said to be truncated, exit 1`() async throws {
    let whole = WaveFile.bytes(swell(seconds: 1), rate: 16_000)
    let path = try folder.file("cut.wav", whole.prefix(whole.count / 2))
    let client = try await client(["file", path, "--speed", "fast", "--output", "json"])
    #expect(client.end == .status(1))
    #expect(client.standardError.lines.contains { $0.contains("cut.wav") && $0.contains("truncated") })
    guard let receipt = try JSONValue.lines(of: client).first?["receipt"].flatMap(Receipt.init) else {
      throw TestFailure("no receipt: \(client.standardOutput.text)")
    }
    #expect(receipt.bytes == whole.count / 2 - 44)
  }
}
