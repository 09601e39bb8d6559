import Glibc
import JSON
import Support
import Testing

@Suite struct ClientJobsTests {
  private let folder: TemporaryFolder
  private let server: TestServer

  init() async throws {
    folder = try TemporaryFolder()
    server = try await TestServer(["--workers", "2"])
  }

  private func recording(_ name: String, seconds: Double) throws -> String {
    let samples = Tone(hertz: 440, amplitude: 0.5).samples(rate: 16_000, count: Int(seconds * 16_000))
    return try folder.file(name, WaveFile.bytes(samples, rate: 16_000))
  }

  @Test(arguments: ["1", "3", "8"])
  func `results stand in the order of the arguments, whichever is done first`(_ jobs: String) async throws {
    let lengths = [20, 0.3, 5, 0.1, 10, 0.2]
    let paths = try lengths.enumerated().map { try recording("\($0).wav", seconds: $1) }
    let client = try await Program.run(
      "audio-client",
      ["file"] + paths + ["--speed", "fast", "--output", "json", "--jobs", jobs, "--url", server.url])
    #expect(client.end == .status(0), "\(client.standardError.text)")
    let objects = try JSONValue.lines(of: client)
    #expect(objects.compactMap { $0["file"]?.string } == paths)
    #expect(objects.compactMap { $0["duration"]?.double } == lengths)
  }

  @Test func `every message of a file comes before those of the next`() async throws {
    let paths = try [4, 1, 2].enumerated().map { try recording("\($0).wav", seconds: $1) }
    let client = try await Program.run(
      "audio-client",
      ["file"] + paths + ["--speed", "fast", "--output", "jsonl", "--jobs", "3", "--url", server.url])
    #expect(client.end == .status(0), "\(client.standardError.text)")
    var seqs: [[Int]] = [[]]
    for message in try JSONValue.lines(of: client) {
      if message["chunk_size"] != nil, let seq = message["seq"]?.integer { seqs[seqs.count - 1].append(seq) }
      if message["type"]?.string == "summary" { seqs.append([]) }
    }
    #expect(seqs == [Array(1...40), Array(1...10), Array(1...20), []])
  }

  @Test func `files are sent at once: several in the time of one`() async throws {
    let paths = try (0..<6).map { try recording("\($0).wav", seconds: 100) }
    let client = try Program(
      "audio-client", ["file"] + paths + ["--jobs", "4", "--output", "jsonl", "--url", server.url])
    try await eventually("four are under way") { client.standardError.lines.filter { $0.contains("WAV") }.count == 4 }
    try await eventually("the first is answered") { client.standardOutput.text.contains("transcription") }
    client.signal(SIGINT)
    #expect(try await client.ended() == .status(1))
    let receipts = try JSONValue.lines(of: client).filter { $0["type"]?.string == "summary" }
    #expect(receipts.count == 4)
    #expect(client.standardError.lines.contains("not sent: \(paths[4]), \(paths[5])"))
  }

  @Test func `one that can't be read is named, the others are done, and their order holds`() async throws {
    let paths = [
      try recording("a.wav", seconds: 1), "\(folder.path)/missing.wav", try recording("c.wav", seconds: 0.2),
    ]
    let client = try await Program.run(
      "audio-client",
      ["file"] + paths + ["--speed", "fast", "--jobs", "3", "--output", "json", "--url", server.url])
    #expect(client.end == .status(1))
    #expect(try JSONValue.lines(of: client).compactMap { $0["file"]?.string } == paths)
    #expect(client.standardError.lines.last == "1 of 3 failed: \(paths[1])")
  }

  @Test func `without a server one file says so, not each, and none is sent`() async throws {
    try await server.stop()
    let paths = try (0..<3).map { try recording("\($0).wav", seconds: 0.2) }
    let client = try await Program.run(
      "audio-client", ["file"] + paths + ["--speed", "fast", "--jobs", "3", "--no-retry", "--url", server.url])
    #expect(client.end == .status(1))
    #expect(client.standardError.lines.filter { $0.contains("no server at") }.count == 1)
  }
}
