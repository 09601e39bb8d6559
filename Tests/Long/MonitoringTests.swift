import Glibc
import JSON
import Support
import Testing

/// What packaging/grafana has for operators, with Debian's Prometheus: its rules, and its dashboard on a live server.
@Suite struct MonitoringTests {
  private static let package = "\(TextFile.repository)/packaging/grafana"
  private static let isAvailable = PrometheusPrograms.areExpected
  private static let requirement: Comment = "\(PrometheusPrograms.requirement)"

  @Test(.enabled(if: isAvailable, requirement)) func `each alert comes when it should, and not before`() throws {
    let promtool = try #require(PrometheusPrograms.promtool)
    try ShellCommand.run("\(promtool) check rules '\(Self.package)/alerts.yml'")
    let output = try ShellCommand.run("\(promtool) test rules '\(Self.package)/alerts_test.yml'")
    #expect(output.contains("SUCCESS"))
    let rules = try #require(TextFile.read("\(Self.package)/alerts.yml"))
    let tests = try #require(TextFile.read("\(Self.package)/alerts_test.yml"))
    for line in rules.split(separator: "\n") where line.contains("- alert: ") {
      let name = try #require(line.split(separator: " ").last)
      #expect(tests.contains("alertname: \(name)"), "\(name) has no test")
    }
  }

  /// Every expression of the dashboard with the panel it is of.
  private func expressions() throws -> [(panel: String, expression: String)] {
    let text = try #require(TextFile.read("\(Self.package)/dashboard.json"))
    let panels = try JSONValue(parsing: text.utf8)["panels"]?.array ?? []
    return panels.flatMap { panel in
      (panel["targets"]?.array ?? []).compactMap { target in
        target["expr"]?.string.map { (panel["title"]?.string ?? "", $0) }
      }
    }
  }

  @Test(.enabled(if: isAvailable, requirement))
  func `every expression of the dashboard has a value for a live server, and every rule can be evaluated`() async throws
  {
    let folder = try TemporaryFolder()
    let server = try await TestServer(["--workers", "2"])
    let certificates = try TestCertificates()
    let secure = try await TestServer(["--tls-cert", certificates.certificate, "--tls-key", certificates.key])
    let client = try RawWebSocket(port: server.port)
    for seq in 1...5 { #expect(try client.isMeasured(seq: seq)) }
    // As the compose profile has it, with other addresses and paths.
    let configuration = try #require(TextFile.read("\(TextFile.repository)/docker/prometheus/prometheus.yml"))
      .replacing("/etc/prometheus/alerts.yml", with: "\(Self.package)/alerts.yml")
      .replacing("server:8000", with: "127.0.0.1:\(server.port)").replacing("15s", with: "1s")
    let withTLS = """
        - job_name: with-tls
          scheme: https
          tls_config: { ca_file: '\(certificates.authority)' }
          static_configs: [{ targets: ['localhost:\(secure.port)'] }]
      """
    let file = try folder.file("prometheus.yml", Array((configuration + withTLS + "\n").utf8))
    try ShellCommand.run("'\(try #require(PrometheusPrograms.promtool))' check config '\(file)'")
    let prometheus = try Program(
      try #require(PrometheusPrograms.prometheus),
      ["--config.file=\(file)", "--storage.tsdb.path=\(folder.path)/data", "--web.listen-address=127.0.0.1:0"])
    var port: Int?
    try await eventually("it listens") {
      port =
        prometheus.standardError.lines.lazy.filter { $0.contains("\"Listening on\"") }
        .compactMap { $0.split(separator: ":").last.flatMap { Int($0) } }.first
      return port != nil
    }
    let listening = try #require(port)
    func result(_ expression: String) throws -> JSONValue {
      try Self.get("/api/v1/query?query=\(Self.escaped(expression))", port: listening)
    }
    // A rate needs two scrapes.
    try await eventually("it has scraped both servers three times") {
      // It has no answer while it starts.
      let counts = (try? result("count_over_time(audio_chunks_total[1m]) >= 3"))?["data"]?["result"]?.array
      return counts?.count == 2
    }
    let expressions = try expressions()
    #expect(expressions.count > 40)
    for (panel, expression) in expressions {
      let plain = expression.replacing("$__rate_interval", with: "1m").replacing("$instance", with: ".*")
      let answer = try result(plain)
      #expect(answer["status"]?.string == "success", "\(panel): \(expression): \(answer.text)")
      #expect(answer["data"]?["result"]?.array?.isEmpty == false, "\(panel): nothing for \(expression)")
    }
    try await eventually("the rules were evaluated") {
      let groups = try Self.get("/api/v1/rules", port: listening)["data"]?["groups"]?.array ?? []
      let rules = groups.flatMap { $0["rules"]?.array ?? [] }
      #expect(rules.allSatisfy { $0["lastError"] == nil || $0["lastError"]?.string == "" }, "\(rules.map(\.text))")
      return rules.count > 5 && rules.allSatisfy { $0["health"]?.string == "ok" }
    }
  }

  private static func get(_ path: String, port: Int) throws -> JSONValue {
    let socket = try RawSocket(port: port)
    // In HTTP/1.0 the body comes in one piece.
    try socket.send("GET \(path) HTTP/1.0\r\nHost: localhost\r\n\r\n")
    let text = String(decoding: socket.receiveAll(), as: UTF8.self)
    guard let gap = text.firstRange(of: "\r\n\r\n") else { throw TestFailure("no answer but \(text)") }
    return try JSONValue(parsing: text[gap.upperBound...].utf8)
  }

  private static func escaped(_ text: String) -> String {
    text.utf8.map { byte in
      switch byte {
      case 48...57, 65...90, 97...122: String(UnicodeScalar(byte))
      default: "%" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
      }
    }.joined()
  }
}
