import Support
import Testing

/// A stranger in Python who misbehaves on purpose, against the real server: Tests/Contract/attacks.py and
/// attacks_http.py.
@Suite struct AttackTests {
  @Test(
    .enabled(if: ContractRun.hasPython, "\(ContractRun.reason)"),
    .enabled(if: TestCertificates.isAvailable, "\(TestCertificates.requirement)"),
    arguments: LongForm.either([false, true], orShort: [false]))
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
    // The server complains of nothing else.
    let ours =
      ["upgrade refused", "upload refused", "limit reached", "queued chunks dropped"]
      + (Sanitizer.isOn ? ["built with a sanitizer"] : [])
    let complaints = server.program.standardError.lines.filter { line in
      (line.contains(" error ") || line.contains(" warning ")) && !ours.contains(where: line.contains)
    }
    #expect(complaints.isEmpty)
    #expect(try await server.stop() == .status(0))
    #expect(!server.program.standardError.text.contains(token))
  }
}
