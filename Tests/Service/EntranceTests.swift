import Contract
import Glibc
import JSON
import Support
import Testing

/// Tokens, TLS and limits, with the real programs.
@Suite struct EntranceTests {
  private let folder: TemporaryFolder
  private let recording: String
  private var tokens: String { "\(folder.path)/tokens" }

  init() throws {
    folder = try TemporaryFolder()
    let samples = Tone(hertz: 440, amplitude: 0.5).samples(rate: 16_000, count: 8_000)
    recording = try folder.file("tone.wav", WaveFile.bytes(samples, rate: 16_000))
  }

  private func addToken(_ name: String) async throws -> String {
    let run = try await Program.run("audio-server", ["token", "add", name], environment: ["AUDIO_AUTH_TOKENS": tokens])
    #expect(run.end == .status(0), "\(run.standardError.text)")
    return try #require(run.standardOutput.lines.first)
  }

  private func send(
    _ server: TestServer, url: String? = nil, token: String? = nil, _ flags: [String] = []
  ) async throws -> Program {
    try await Program.run(
      "audio-client",
      ["file", recording, "--speed", "fast", "--no-retry", "--url", url ?? server.url] + flags,
      environment: token.map { ["AUDIO_TOKEN": $0] } ?? [:])
  }

  @Test func `only a token that was made lets the client in, until it is removed`() async throws {
    let alice = try await addToken("alice")
    let server = try await TestServer(["--auth-tokens", tokens])
    let stranger = try await send(server)
    #expect(stranger.end == .status(1))
    #expect(stranger.standardError.text.contains("401: Access token required"))
    let known = try await send(server, token: alice)
    #expect(known.end == .status(0), "\(known.standardError.text)")
    #expect(try await send(server, url: "\(server.url)?token=\(alice)").end == .status(0))

    let bob = try await addToken("bob")
    let early = try await send(server, token: bob)
    #expect(early.standardError.text.contains("401: Unknown access token"))
    let open = try RawWebSocket(port: server.port, query: "token=\(alice)")
    let list = try await Program.run("audio-server", ["token", "list", "--auth-tokens", tokens])
    #expect(list.standardOutput.lines == ["alice", "bob"])
    let removed = try await Program.run("audio-server", ["token", "remove", "alice", "--auth-tokens", tokens])
    #expect(removed.end == .status(0))
    try open.send(binary: [1, 2])
    _ = try (open.message(), open.message())
    server.program.signal(SIGHUP)
    let (_, code) = try open.rest()
    #expect(code == 1008)
    #expect(try await send(server, token: bob).end == .status(0))
    #expect(try await send(server, token: alice).end == .status(1))

    try TextFile.write(Array("broken".utf8), to: tokens)
    server.program.signal(SIGHUP)
    try await eventually("it says what is wrong") { server.program.standardError.text.contains("line 1 is not") }
    #expect(try await send(server, token: bob).end == .status(0))
  }

  @Test func `a session is its token's: another's cannot go on with it`() async throws {
    let (alice, bob) = (try await addToken("alice"), try await addToken("bob"))
    let server = try await TestServer(["--auth-tokens", tokens])
    let first = try RawWebSocket(port: server.port, query: "token=\(alice)")
    try first.send(text: #"{"type":"start"}"#)
    guard case .text(let started) = try first.receive(),
      let session = try JSONValue(parsing: started.utf8)["session"]?.string
    else { throw TestFailure("no session") }
    let resume = #"{"type":"start","resume":"\#(session)","answered":0}"#
    let thief = try RawWebSocket(port: server.port, query: "token=\(bob)")
    try thief.send(text: resume)
    guard case .text(let refusal) = try thief.receive() else { throw TestFailure("no answer") }
    #expect(refusal.contains("no such session"))
    let owner = try RawWebSocket(port: server.port, query: "token=\(alice)")
    try owner.send(text: resume)
    guard case .text(let answer) = try owner.receive() else { throw TestFailure("no answer") }
    #expect(answer.contains(session))
  }

  @Test func `a file of tokens that is not there or is broken ends the start`() async throws {
    let missing = try await Program.run("audio-server", ["--port", "0", "--auth-tokens", tokens])
    #expect(missing.end == .status(1))
    #expect(missing.standardError.text.contains(tokens))
    try TextFile.write(Array("a b c\n".utf8), to: tokens)
    let broken = try await Program.run("audio-server", ["--port", "0", "--auth-tokens", tokens])
    #expect(broken.end == .status(1))
    #expect(broken.standardError.text.contains("line 1"))
  }

  @Test(.enabled(if: TestCertificates.isAvailable, "\(TestCertificates.requirement)"))
  func `the client speaks TLS to a server it can trust, and to no other`() async throws {
    let files = try TestCertificates()
    let server = try await TestServer(["--tls-cert", files.certificate, "--tls-key", files.key])
    let url = "wss://localhost:\(server.port)/api/audio/ws"
    let trusting = try await send(server, url: url, ["--ca", files.authority])
    #expect(trusting.end == .status(0), "\(trusting.standardError.text)")
    let wary = try await send(server, url: url)
    #expect(wary.end == .status(1))
    #expect(wary.standardError.text.contains("is not trusted"), "\(wary.standardError.text)")
    let lost = try await send(server, url: url, ["--ca", "/nowhere"])
    #expect(lost.end == .status(1))
    #expect(lost.standardError.text.contains("/nowhere"))
    // A server that will never be trusted is not tried again.
    let retrying = try await Program.run("audio-client", ["file", recording, "--url", url])
    #expect(retrying.end == .status(1))

    let renewed = try TestCertificates()
    try files.take(from: renewed)
    server.program.signal(SIGHUP)
    try await eventually("it has read the certificate") {
      server.program.standardError.text.contains("certificate reloaded")
    }
    #expect(try await send(server, url: url, ["--ca", renewed.authority]).end == .status(0))
    #expect(try await server.stop() == .status(0))
  }

  @Test(.enabled(if: TestCertificates.isAvailable, "\(TestCertificates.requirement)"))
  func `an expired certificate is told at the start, when it is reloaded, and by check-config`() async throws {
    let files = try TestCertificates(days: -1)
    let flags = ["--tls-cert", files.certificate, "--tls-key", files.key]
    let server = try await TestServer(flags)
    func warnings() -> Int {
      let warning = "\(files.certificate) has expired: renew it and send SIGHUP"
      return server.program.standardError.lines.count { $0.contains(warning) }
    }
    try await eventually("it has told so") { warnings() == 1 }
    server.program.signal(SIGHUP)
    try await eventually("it has told so again") { warnings() == 2 }
    try files.take(from: TestCertificates())
    server.program.signal(SIGHUP)
    try await eventually("it has read the new one") {
      server.program.standardError.lines.count { $0.contains("certificate reloaded") } == 2
    }
    #expect(warnings() == 2)
    let expired = try TestCertificates(days: -1)
    let check = try await Program.run(
      "audio-server", ["check-config", "--tls-cert", expired.certificate, "--tls-key", expired.key])
    #expect(check.end == .status(1))
    #expect(check.standardError.text.contains("\(expired.certificate) has expired: renew it"))
  }

  @Test func `the client trusts a server with a certificate of the local authority, and again after it is renewed`()
    async throws
  {
    let path = "\(folder.path)/certificates"
    func make() async throws {
      let run = try await Program.run("audio-server", ["certificate", "--host", "desk.local", "--out", path])
      #expect(run.end == .status(0), "\(run.standardError.text)")
    }
    try await make()
    let server = try await TestServer(["--tls-cert", "\(path)/server.crt", "--tls-key", "\(path)/server.key"])
    let url = "wss://localhost:\(server.port)/api/audio/ws"
    let trusting = try await send(server, url: url, ["--ca", "\(path)/authority.crt"])
    #expect(trusting.end == .status(0), "\(trusting.standardError.text)")
    #expect(try await send(server, url: url).standardError.text.contains("is not trusted"))
    try await make()
    server.program.signal(SIGHUP)
    try await eventually("it has read the certificate") {
      server.program.standardError.text.contains("certificate reloaded")
    }
    #expect(try await send(server, url: url, ["--ca", "\(path)/authority.crt"]).end == .status(0))
  }

  @Test(.enabled(if: TestCertificates.isAvailable, "\(TestCertificates.requirement)"))
  func `TLS and no TLS mixed up are told with the right address, and not tried again`() async throws {
    let files = try TestCertificates()
    let secure = try await TestServer(["--tls-cert", files.certificate, "--tls-key", files.key])
    let plain = try await TestServer()
    for (scheme, port, other) in [("ws", secure.port, "wss"), ("wss", plain.port, "ws")] {
      let client = try await Program.run(
        "audio-client", ["file", recording, "--url", "\(scheme)://127.0.0.1:\(port)/api/audio/ws"])
      #expect(client.end == .status(1))
      #expect(client.standardError.text.contains("use \(other)://127.0.0.1:\(port)/api/audio/ws"))
    }
  }

  @Test func `a certificate that can't be used ends the start, and says why`() async throws {
    let server = try await Program.run(
      "audio-server", ["--port", "0", "--tls-cert", "/nowhere", "--tls-key", "/nowhere"])
    #expect(server.end == .status(1))
    #expect(server.standardError.text.contains("/nowhere cannot be used for TLS: No such file"))
  }

  @Test func `a refused page is logged with its origin and the host it asked`() async throws {
    let server = try await TestServer()
    let request = RawWebSocket.request(path: "/api/audio/ws", port: server.port)
    let socket = try RawSocket(port: server.port)
    try socket.send(request.replacing("\r\nUpgrade:", with: "\r\nOrigin: https://voice.example:8443\r\nUpgrade:"))
    #expect(try socket.receiveHead().hasPrefix("HTTP/1.1 403 "))
    try await eventually("it is in the log") {
      server.program.standardError.text.contains("status=403 origin=https://voice.example:8443 host=")
    }
  }

  @Test func `open to everyone is said, whatever the level`() async throws {
    let open = try await TestServer(["--host", "0.0.0.0", "--log-level", "error"])
    try await eventually("it says so") { open.program.standardError.text.contains("open to everyone") }
    let own = try await TestServer(["--host", "localhost"])
    #expect(!own.program.standardError.text.contains("open to everyone"))
    _ = try await addToken("alice")
    let guarded = try await TestServer(["--host", "0.0.0.0", "--auth-tokens", tokens])
    try await eventually("it warns") { guarded.program.standardError.text.contains("sent unencrypted") }
    #expect(!guarded.program.standardError.text.contains("open to everyone"))
  }

  @Test func `a connection that was held back for its haste goes on when it takes up a session`() async throws {
    let server = try await TestServer(["--max-bytes-per-second", "2000"])
    let first = try RawWebSocket(port: server.port)
    try first.send(text: #"{"type":"start"}"#)
    guard case .started(_, let session, _, _) = try first.message() else { throw TestFailure("no session") }
    let second = try RawWebSocket(port: server.port)
    let ping = #"{"type":"ping","id":"\#(String(repeating: "x", count: 3900))"}"#
    let resume = #"{"type":"start","resume":"\#(session)","answered":0}"#
    // In one piece: what comes behind the ping has been read when the ping turns out to be too much.
    try second.socket.send([ping, resume].flatMap { RawWebSocket.frame(opcode: 1, Array($0.utf8)) })
    _ = try (second.message(), second.message())
    try second.send(binary: [1, 2])
    guard case .accepted(_, 1, 2) = try second.message() else { throw TestFailure("the chunk is not acknowledged") }
  }

  @Test func `what an address sends too fast is read more slowly, and all of it`() async throws {
    let server = try await TestServer(["--max-bytes-per-second", "100000"])
    let clock = ContinuousClock()
    let began = clock.now
    let client = try await Program.run(
      "audio-client",
      [
        "simulate", "--clients", "2", "--messages", "50", "--chunk-bytes", "4000", "--rate-ms", "0", "--url",
        server.url,
      ])
    #expect(client.end == .status(0), "\(client.standardError.text)")
    // 400,000 bytes, of which 100,000 pass at once. Never faster, however slow the machine.
    #expect(clock.now - began >= .seconds(2.5))
  }
}
