import Glibc
import Support
import Testing

/// A stranger in Python who misbehaves on purpose, against the real server: Tests/Contract/attacks.py and attacks_http.py.
@Suite struct AttackTests {
  @Test(
    .enabled(if: ContractRun.hasPython, "\(ContractRun.reason)"),
    .enabled(if: TestCertificates.isAvailable, "\(TestCertificates.requirement)"), arguments: [false, true])
  func `whatever a stranger sends, the server answers as it should and serves the others`(overTLS: Bool) async throws {
    let folder = try TemporaryFolder()
    let tokens = "\(folder.path)/tokens"
    let added = try await Program.run("audio-server", ["token", "add", "tester", "--auth-tokens", tokens])
    let token = try #require(added.standardOutput.lines.first)
    let certificates = try TestCertificates()
    let server = try await TestServer(
      [
        "--auth-tokens", tokens, "--handshake-timeout", "2", "--idle-timeout", "4", "--slow-reader-timeout", "2",
        "--max-connections-per-address", "60",
      ] + (overTLS ? ["--tls-cert", certificates.certificate, "--tls-key", certificates.key] : []))
    let results = try await ContractRun.run(
      against: server, scheme: overTLS ? "wss" : "ws",
      ["--attack", "--token", token] + (overTLS ? ["--ca", certificates.authority] : []))
    #expect(results.count >= 20)
    for (name, failure) in results { #expect(failure.isEmpty, "\(name)") }
    // What the library itself complains of has come past our own eyes.
    let ours = ["upgrade refused", "closed unheard", "queued chunks dropped"]
    let complaints = server.program.standardError.lines.filter { line in
      (line.contains(" error ") || line.contains(" warning ")) && !ours.contains(where: line.contains)
    }
    #expect(complaints.isEmpty)
    #expect(try await server.stop() == .status(0))
    #expect(!server.program.standardError.text.contains(token))
  }

  @Test func `a server without descriptors says so, serves those it has and takes the others when it can again`()
    async throws
  {
    let program = try Program(
      "/bin/sh",
      ["-c", "ulimit -n 40; exec \"$0\" --port 0 --handshake-timeout 600", "\(Program.buildFolder)/audio-server"])
    var port: Int?
    try await eventually("it listens") {
      port = TestServer.port(in: program.standardError.lines)
      return port != nil
    }
    let first = try RawWebSocket(port: port ?? 0)
    var crowd: [RawSocket] = []
    for _ in 0..<60 { crowd.append(try RawSocket(port: port ?? 0)) }
    try await eventually("it says so") { program.standardError.text.contains("out of descriptors") }
    let clock = ContinuousClock()
    let began = clock.now
    for _ in 0..<20 {
      try first.send(binary: [1, 2])
      _ = try first.message()
      _ = try first.message()
      try await Task.sleep(for: .milliseconds(100))
    }
    // A worker that dies meanwhile is replaced all the same: some descriptors are no connection's.
    kill(try #require(ProcessTable.children(of: program.pid).first), SIGKILL)
    try first.send(binary: [1, 2])
    _ = try (first.message(), first.message())
    #expect(!program.standardError.text.contains("socketpair"))
    // Once a second at most.
    #expect(
      program.standardError.lines.count { $0.contains("out of descriptors") } <= 2
        + Int((clock.now - began) / .seconds(1)))
    crowd = []
    let late = try RawWebSocket(port: port ?? 0)
    try late.send(binary: [1, 2])
    _ = try late.message()
    try await eventually("it says that it goes on") {
      program.standardError.text.contains("accepting connections again")
    }
    program.signal(SIGTERM)
    #expect(try await program.ended() == .status(0))
  }
}
