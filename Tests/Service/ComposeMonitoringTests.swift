import Support
import Testing

/// The profile monitoring, as far as it can be seen without a Docker engine.
@Suite struct ComposeMonitoringTests {
  private let folder: TemporaryFolder
  private let script = "\(TextFile.repository)/entrypoint_compose.sh"
  private let project = "monitoring-test-\(UInt32.random(in: 0 ... .max))"

  init() throws { folder = try TemporaryFolder() }

  /// A program docker that does nothing, writes down what it was told, and prints a token.
  private func environment(_ others: [String: String] = [:]) throws -> [String: String] {
    let docker = try folder.file("docker", "#!/bin/sh\necho \"$*\" >>'\(folder.path)/calls'\necho token\n".utf8)
    try ShellCommand.run("chmod +x '\(docker)'")
    return ["PATH": "\(folder.path):/usr/bin:/bin", "COMPOSE_PROJECT_NAME": project].merging(others) { $1 }
  }

  /// What Prometheus is configured with, when the stack is started with these variables.
  private func configuration(_ variables: [String: String] = [:]) async throws -> String {
    let environment = try environment(variables)
    let up = try await Program.run(script, ["--up", "--monitoring"], environment: environment)
    #expect(up.end == .status(0), "\(up.standardError.text)")
    let path = "\(TextFile.repository)/.deps/compose/\(project)/prometheus.yml"
    let configuration = try #require(TextFile.read(path))
    let promtool = try #require(PrometheusPrograms.promtool)
    try ShellCommand.run("'\(promtool)' check config --syntax-only '\(path)'")
    let down = try await Program.run(script, ["--down"], environment: environment)
    #expect(down.end == .status(0), "\(down.standardError.text)")
    return configuration
  }

  @Test(
    .enabled(if: PrometheusPrograms.areExpected, "\(PrometheusPrograms.requirement)"),
    .enabled(if: TestCertificates.isAvailable, "\(TestCertificates.requirement)"))
  func `Prometheus is configured as the server is: with a token of the role metrics, and TLS`() async throws {
    let plain = try await configuration()
    #expect(plain.contains("server:8000") && !plain.contains("credentials") && !plain.contains("https"))
    let calls = try #require(TextFile.read("\(folder.path)/calls"))
    #expect(calls.contains("--profile monitoring up -d"))
    #expect(calls.contains("--profile monitoring --profile scale down"))

    let certificates = try TestCertificates(names: "DNS:voice.example")
    let secure = try await configuration([
      "AUDIO_AUTH_TOKENS": try folder.file("tokens", []), "AUDIO_TLS_CERT": certificates.certificate,
      "AUDIO_TLS_KEY": certificates.key, "AUDIO_CA": certificates.authority,
    ])
    #expect(secure.hasPrefix(plain))
    #expect(secure.contains("credentials_file: /run/secrets/metrics_token"))
    #expect(secure.contains(#"server_name: "voice.example""#))
    #expect(TextFile.read("\(folder.path)/calls")?.contains("token add compose-prometheus --role metrics") == true)
  }

  @Test func `monitoring is of a stack that is started`() async throws {
    let alone = try await Program.run(script, ["--monitoring", "--down"], environment: try environment())
    #expect(alone.end == .status(2))
    #expect(alone.standardError.text.contains("--monitoring needs --up"))
  }
}
