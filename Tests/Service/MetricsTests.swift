import Support
import Testing

/// What Prometheus gets of a real server.
@Suite struct MetricsTests {
  private static func check(_ metrics: String, in folder: TemporaryFolder) throws {
    let file = try folder.file("metrics", Array(metrics.utf8))
    let promtool = try #require(PrometheusPrograms.promtool)
    let complaints = try ShellCommand.run("'\(promtool)' check metrics <'\(file)'")
    #expect(complaints.isEmpty, "\(complaints)")
  }

  /// The value of a series; nil if there is none.
  private static func value(_ series: String, in metrics: String) -> Double? {
    metrics.split(separator: "\n").first { $0.hasPrefix("\(series) ") }
      .flatMap { Double($0.dropFirst(series.utf8.count + 1)) }
  }

  @Test(
    .enabled(if: TestCertificates.isAvailable, "\(TestCertificates.requirement)"),
    .enabled(if: PrometheusPrograms.areExpected, "\(PrometheusPrograms.requirement)"))
  func `with TLS and a token of the role metrics, promtool has no complaint, and the certificate's end is told`()
    async throws
  {
    let folder = try TemporaryFolder()
    let certificates = try TestCertificates()
    let added = try await Program.run(
      "audio-server", ["token", "add", "prometheus", "--role", "metrics", "--auth-tokens", "\(folder.path)/tokens"])
    let token = try #require(added.standardOutput.lines.first)
    let server = try await TestServer([
      "--tls-cert", certificates.certificate, "--tls-key", certificates.key, "--auth-tokens", "\(folder.path)/tokens",
    ])
    func scrape(_ token: String) throws -> String {
      try ShellCommand.run(
        "curl -sS --fail --noproxy '*' --cacert '\(certificates.authority)' -H 'Authorization: Bearer \(token)' "
          + "https://localhost:\(server.port)/metrics")
    }
    #expect(throws: ShellCommand.Failure.self) { try scrape("another") }
    let metrics = try scrape(token)
    try Self.check(metrics, in: folder)
    let end = try ShellCommand.run(
      "date -d \"$(openssl x509 -noout -enddate -in '\(certificates.certificate)' | cut -d= -f2)\" +%s")
    let told = Self.value("audio_certificate_expiry_timestamp_seconds", in: metrics)
    #expect(told.map { "\(Int($0))\n" } == end)
    #expect(Self.value("process_cpu_seconds_total", in: metrics) != nil)
  }

  @Test(.enabled(if: SpeechFiles.areExpected, "\(SpeechFiles.reason)"))
  func `decodings and segments are counted, and nothing waits afterwards`() async throws {
    let server = try await TestServer(["--engine", "speech"])
    let client = try await Program.run(
      "audio-client", ["file", "\(TextFile.repository)/Assets/speech.wav", "--speed", "fast", "--url", server.url])
    #expect(client.end == .status(0), "\(client.standardError.text)")
    func scrape() throws -> String {
      try ShellCommand.run("curl -sS --fail --noproxy '*' http://127.0.0.1:\(server.port)/metrics")
    }
    let metrics = try scrape()
    if PrometheusPrograms.promtool != nil { try Self.check(metrics, in: try TemporaryFolder()) }
    let segments = try #require(Self.value("audio_segments_total", in: metrics))
    #expect(segments >= 4)
    #expect(Self.value(#"audio_decode_seconds_count{text="final"}"#, in: metrics) ?? 0 >= segments)
    #expect(Self.value(#"audio_decode_seconds_sum{text="final"}"#, in: metrics) ?? 0 > 0)
    // It is measured once a second.
    try await eventually("nothing waits") {
      Self.value(#"audio_worker_backlog_seconds{worker="1"}"#, in: try scrape()) == 0
    }
    #expect(Self.value(#"audio_engine_ready{engine="speech"}"#, in: metrics) == 1)
  }
}
