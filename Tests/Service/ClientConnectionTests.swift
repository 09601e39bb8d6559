import Contract
import Glibc
import JSON
import Support
import Testing

@Suite struct ClientConnectionTests {
  private let folder: TemporaryFolder
  private let recording: String

  init() throws {
    folder = try TemporaryFolder()
    let samples = Tone(hertz: 440, amplitude: 0.5).samples(rate: 16_000, count: 8_000)
    recording = try folder.file("tone.wav", WaveFile.bytes(samples, rate: 16_000))
  }

  /// A port on which nobody listens any more.
  private func freedPort() async throws -> Int {
    let server = try await TestServer()
    try await server.stop()
    return server.port
  }

  @Test func `without a server and with no-retry the client says where it looked, exit 1`() async throws {
    let port = try await freedPort()
    let client = try await Program.run(
      "audio-client", ["file", recording, "--no-retry", "--url", "ws://127.0.0.1:\(port)/api/audio/ws"])
    #expect(client.end == .status(1))
    #expect(client.standardError.text.contains("127.0.0.1:\(port)"))
  }

  @Test func `without a server the client waits, says so, and goes on when it is there`() async throws {
    let port = try await freedPort()
    let client = try Program(
      "audio-client", ["file", recording, "--speed", "fast", "--output", "json"],
      environment: ["WS_URL": "ws://127.0.0.1:\(port)/api/audio/ws"])
    try await eventually("the client says that it waits") { client.standardError.text.contains("127.0.0.1:\(port)") }
    #expect(client.end == nil)
    let server = try Program("audio-server", ["--port", "\(port)"])
    #expect(try await client.ended() == .status(0), "\(client.standardError.text)")
    #expect(try JSONValue.lines(of: client).count == 1)
    server.signal(SIGTERM)
    #expect(try await server.ended() == .status(0))
  }

  @Test func `an upgrade that is refused is told with the server's words, exit 1`() async throws {
    let server = try await TestServer()
    let client = try await Program.run(
      "audio-client", ["file", recording, "--no-retry", "--url", "ws://127.0.0.1:\(server.port)/api/audio/other"])
    #expect(client.end == .status(1))
    #expect(client.standardError.text.contains("404"))
  }

  @Test func `a server that ends in the middle is said, exit 1 with no-retry`() async throws {
    let server = try await TestServer()
    let samples = Tone(hertz: 440, amplitude: 0.5).samples(rate: 16_000, count: 1_600_000)
    let long = try folder.file("long.wav", WaveFile.bytes(samples, rate: 16_000))
    let client = try Program(
      "audio-client", ["file", long, "--speed", "realtime", "--output", "jsonl", "--no-retry", "--url", server.url])
    try await eventually("something has been answered") { client.standardOutput.text.contains("transcription") }
    server.program.signal(SIGKILL)
    #expect(try await client.ended() == .status(1))
    #expect(!client.standardError.text.isEmpty)
  }

  @Test func `Ctrl-C ends a file early with its receipt`() async throws {
    let server = try await TestServer()
    let samples = Tone(hertz: 440, amplitude: 0.5).samples(rate: 16_000, count: 1_600_000)
    let long = try folder.file("long.wav", WaveFile.bytes(samples, rate: 16_000))
    let client = try Program(
      "audio-client", ["file", long, "--speed", "realtime", "--output", "jsonl", "--url", server.url])
    try await eventually("something has been answered") { client.standardOutput.text.contains("transcription") }
    client.signal(SIGINT)
    try await client.ended()
    guard case .summary(let receipt)? = client.standardOutput.lines.last.flatMap({ ServerMessage(parsing: $0.utf8) })
    else { throw TestFailure("no receipt: \(client.standardOutput.lines.last ?? "")") }
    #expect(receipt.processed == receipt.chunks)
    #expect(receipt.duration < 100)
  }

  @Test(arguments: ["127.0.0.1:PORT", "http://localhost:PORT", "ws://127.0.0.1:PORT//api/audio/ws/"])
  func `an address is understood as it is typed, and shown as it is meant`(typed: String) async throws {
    let server = try await TestServer()
    let address = typed.replacing("PORT", with: "\(server.port)")
    let client = try await Program.run("audio-client", ["file", recording, "--speed", "fast", "--url", address])
    #expect(client.end == .status(0), "\(client.standardError.text)")
    let host = typed.contains("localhost") ? "localhost" : "127.0.0.1"
    #expect(client.standardError.text.contains("server: ws://\(host):\(server.port)/api/audio/ws\n"))
  }

  @Test func `proxies of the environment are not asked for this machine, and named where they fail`() async throws {
    let server = try await TestServer()
    let proxy = "127.0.0.1:\(try await freedPort())"
    let environment = ["http_proxy": "http://user:secret@\(proxy)", "https_proxy": "socks5://user:secret@\(proxy)"]
    let near = try await Program.run(
      "audio-client", ["file", recording, "--speed", "fast", "--no-retry", "--url", server.url],
      environment: environment)
    #expect(near.end == .status(0), "\(near.standardError.text)")
    let far = try await Program.run(
      "audio-client", ["file", recording, "--no-retry", "--url", "voice.example"], environment: environment)
    #expect(far.end == .status(1))
    #expect(far.standardError.text.contains("no connection through the proxy \(proxy)"))
    // Such a proxy would be refused again, so it is not tried again.
    let odd = try await Program.run(
      "audio-client", ["file", recording, "--url", "https://voice.example"], environment: environment)
    #expect(odd.end == .status(1))
    #expect(odd.standardError.text.contains("https_proxy: expected http://HOST:PORT, got \"…@\(proxy)\""))
    #expect(!(far.standardError.text + odd.standardError.text).contains("secret"))
  }

  struct Bad: Sendable, CustomStringConvertible {
    var arguments: [String]
    var named: [String]
    var description: String { arguments.joined(separator: " ") }
    init(_ arguments: [String], _ named: [String]) { (self.arguments, self.named) = (arguments, named) }
  }

  @Test(arguments: [
    Bad(["dance"], ["dance", "see audio-client --help"]),
    Bad(["file"], ["file", "see audio-client file --help"]),
    Bad(["file", "a.wav", "--speed", "soon"], ["--speed", "soon", "realtime", "fast"]),
    Bad(["file", "a.wav", "--output", "xml"], ["--output", "xml", "jsonl"]),
    Bad(["file", "a.wav", "--url", "ftp://127.0.0.1"], ["--url", "ftp://127.0.0.1", "host:8000"]),
    Bad(["mic", "--rate", "7"], ["--rate", "7", "8000"]),
    Bad(["mic", "--channels", "9"], ["--channels", "9", "8"]),
    Bad(["mic", "--chunk-ms", "0"], ["--chunk-ms", "0"]),
    Bad(["simulate", "--clients", "none"], ["--clients", "none"]),
    Bad(["simulate", "--colour", "green"], ["--colour"]),
  ])
  func `a bad argument is named with what is allowed, exit 2`(_ bad: Bad) async throws {
    let client = try await Program.run("audio-client", bad.arguments)
    #expect(client.end == .status(2))
    for part in bad.named { #expect(client.standardError.text.contains(part)) }
    #expect(client.standardOutput.text.isEmpty)
  }
}
