import Glibc
import JSON
import Support
import Testing

@Suite struct SimulateTests {
  @Test func `fifty clients at once lose nothing, and the table says so, exit 0`() async throws {
    let server = try await TestServer(["--workers", "2"])
    let load = try await Program.run(
      "audio-client",
      [
        "simulate", "--clients", "50", "--messages", "40", "--rate-ms", "5", "--chunk-bytes", "1280", "--url",
        server.url,
      ])
    #expect(load.end == .status(0), "\(load.standardError.text)")
    let table = load.standardOutput.text
    for word in ["sent", "acked", "transcribed", "lost", "p50", "p99", "max", "2000"] {
      #expect(table.contains(word), "\(table)")
    }
    #expect(try await server.stop() == .status(0))
  }

  /// So many live streams that the server rests between two looks at them.
  private func sixtyLive(messages: Int, on server: TestServer) throws -> Program {
    try Program(
      "audio-client",
      [
        "simulate", "--clients", "60", "--messages", "\(messages)", "--rate-ms", "100", "--chunk-bytes", "3200",
        "--output", "json", "--url", server.url,
      ])
  }

  private func expectTranscribed(_ chunks: Int, by load: Program) async throws {
    #expect(try await load.ended() == .status(0), "\(load.standardError.text)")
    #expect(try JSONValue(parsing: load.standardOutput.text.utf8)["transcribed"]?.integer == chunks)
  }

  @Test(arguments: [0, 10])
  func `live streams share the server's wakings, and lose nothing by it`(batchWindow: Int) async throws {
    let server = try await TestServer(["--batch-window", "\(batchWindow)"])
    let before = ProcessTable.sleeps(server.program.pid)
    try await expectTranscribed(1800, by: sixtyLive(messages: 30, on: server))
    // A chunk that comes alone wakes the server twice. How often it does without a rest is the machine's affair.
    if batchWindow > 0 { #expect(ProcessTable.sleeps(server.program.pid) - before < 1800) }
    #expect(try await server.stop() == .status(0))
  }

  @Test func `live streams that share wakings lose nothing when a worker is killed or hangs`() async throws {
    let server = try await TestServer(["--workers", "2", "--worker-timeout", "2"])
    let load = try sixtyLive(messages: 40, on: server)
    let workers = server.workers
    try await Task.sleep(for: .seconds(1))
    kill(workers[0], SIGKILL)
    kill(workers[1], SIGSTOP)
    try await expectTranscribed(2400, by: load)
    #expect(try await server.stop() == .status(0))
  }

  @Test func `the original's variables are honoured, and a file's audio is sent`() async throws {
    let server = try await TestServer()
    let folder = try TemporaryFolder()
    let samples = Tone(hertz: 440, amplitude: 0.5).samples(rate: 16_000, count: 16_000)
    let file = try folder.file("tone.wav", WaveFile.bytes(samples, rate: 16_000))
    let load = try await Program.run(
      "audio-client", ["simulate", "--file", file],
      environment: ["WS_URL": server.url, "MSGS": "23", "RATE_MS": "1"])
    #expect(load.end == .status(0), "\(load.standardError.text)")
    #expect(load.standardOutput.text.contains("23"))
  }

  @Test func `what is lost makes it exit 1`() async throws {
    let server = try await TestServer()
    let load = try Program(
      "audio-client",
      ["simulate", "--clients", "5", "--messages", "100000", "--rate-ms", "1", "--url", server.url, "--no-retry"])
    try await eventually("the clients are connected") {
      server.program.standardError.lines.filter { $0.contains("client connected") }.count == 5
    }
    kill(server.workers[0], SIGSTOP)
    server.program.signal(SIGKILL)
    #expect(try await load.ended() == .status(1))
    #expect(load.standardOutput.text.contains("lost"))
  }
}
