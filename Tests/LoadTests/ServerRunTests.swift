import JSON
import Support
import Testing

/// The generator against the real server.
@Suite struct ServerRunTests {
  private func load(_ url: String, _ flags: [String]) async throws -> JSONValue {
    let run = try await Program.run("LoadBenchmark", ["--url", url, "--warm-up", "0.1", "--seconds", "0.3"] + flags)
    #expect(run.end == .status(0), "\(run.standardOutput.text)\(run.standardError.text)")
    return try JSONValue(parsing: run.standardOutput.text.utf8)
  }

  private func flags(_ files: TestCertificates) -> [String] {
    ["--tls-cert", files.certificate, "--tls-key", files.key]
  }

  private static let closed = ["--mode", "closed", "--connections", "8", "--in-flight", "16"]

  @Test func `every chunk of a closed loop is answered twice`() async throws {
    let server = try await TestServer()
    let report = try await load(server.url, Self.closed)
    #expect(report["connected"]?.integer == 8)
    #expect(try #require(report["measured"]?.integer) > 0)
  }

  @Test(
    .enabled(if: TestCertificates.isAvailable, "\(TestCertificates.requirement)"), arguments: [640, 3200, 100_000])
  func `with TLS, too, whether a record has many chunks or a chunk many records`(bytes: Int) async throws {
    let files = try TestCertificates()
    let server = try await TestServer(flags(files))
    // Few large ones: the debug build takes milliseconds for each.
    let inFlight = bytes < 10_000 ? [] : ["--in-flight", "2"]
    let report = try await load("wss\(server.url.dropFirst(2))", Self.closed + ["--bytes", "\(bytes)"] + inFlight)
    #expect(report["connected"]?.integer == 8)
    #expect(try #require(report["measured"]?.integer) > 0)
  }

  @Test(.enabled(if: TestCertificates.isAvailable, "\(TestCertificates.requirement)"))
  func `handshakes are counted, and those that come back with a ticket`() async throws {
    let files = try TestCertificates()
    let server = try await TestServer(flags(files))
    let handshakes = ["--mode", "handshakes", "--connections", "4"]
    let new = try await load("wss\(server.url.dropFirst(2))", handshakes)
    #expect(try #require(new["measured"]?.integer) > 0)
    #expect(new["resumed"]?.integer == 0)
    let resumed = try await load("wss\(server.url.dropFirst(2))", handshakes + ["--resume"])
    #expect(try #require(resumed["measured"]?.integer) > 0)
    #expect(resumed["resumed"]?.integer == resumed["measured"]?.integer)
  }
}
