import Glibc
import JSON
import Support
import Testing

/// A whole cluster on this machine, as `make run-cluster` starts it.
@Suite struct ClusterTests {
  private static let hasHAProxy =
    ShellCommand.has("haproxy") || access("\(TextFile.repository)/.deps/proxies/usr/sbin/haproxy", X_OK) == 0
  private static let isAvailable = hasHAProxy && TestBroker.isInstalled && TestCertificates.isAvailable

  @Test(.enabled(if: isAvailable, "no NATS server or HAProxy: Scripts/setup and Scripts/setup-proxies bring them"))
  func `a stream through HAProxy reaches the workers, and everything ends with the command`() async throws {
    let cluster = try Program(
      "\(TextFile.repository)/Scripts/with-cluster",
      ["\(Program.buildFolder)/audio-client", "file", "Assets/speech.wav", "--speed", "fast", "--output", "json"],
      environment: ["PROGRAMS": Program.buildFolder, "AUDIO_PORT": "0"], folder: TextFile.repository)
    var parts: [Int32] = []
    try await eventually("everything runs") {
      parts = ProcessTable.children(of: cluster.pid)
      return parts.count >= 8 || cluster.end != nil
    }
    #expect(try await cluster.ended() == .status(0), "\(cluster.standardError.text)")
    let report = try JSONValue(parsing: cluster.standardOutput.text.utf8)
    #expect(report["complete"]?.bool == true, "\(cluster.standardOutput.text.suffix(2000))")
    try await eventually("every part has ended") { parts.allSatisfy { kill($0, 0) != 0 } }
  }

  @Test(.enabled(if: isAvailable, "no NATS server or HAProxy: Scripts/setup and Scripts/setup-proxies bring them"))
  func `a client behind HAProxy has its own address, and an interrupted cluster ends whole`() async throws {
    let cluster = try Program(
      "\(TextFile.repository)/Scripts/with-cluster", ["sleep", "60"],
      environment: ["PROGRAMS": Program.buildFolder, "AUDIO_PORT": "0"], folder: TextFile.repository)
    try await eventually("it is up\n\(cluster.standardError.text)") {
      cluster.standardError.text.contains("are behind http://")
    }
    let found = try #require(cluster.standardError.text.firstMatch(of: /(http:\S+\/) .* logs in (\S+)/))
    // A client at another address that claims to be a third one.
    let upgrade = "-H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13'"
    try ShellCommand.run(
      "curl --silent --max-time 10 --interface 127.0.0.2 -H 'X-Forwarded-For: 192.0.2.1' \(upgrade) "
        + "-H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' \(found.1)nowhere")
    try await eventually("a server has refused that address") {
      try ShellCommand.run("cat \(found.2)/gateway-*.log").contains("upgrade refused peer=127.0.0.2 status=404")
    }
    let parts = ProcessTable.children(of: cluster.pid)
    #expect(parts.count == 9)
    cluster.signal(SIGTERM)
    #expect(try await cluster.ended() != .status(0))
    for part in parts { #expect(kill(part, 0) != 0) }
  }
}
