import Glibc
import Support
import Testing

@Suite(.serialized) struct ComposeTests {
  /// Why there can be no containers here, or nil.
  private static func obstacle() async -> String? {
    guard let info = try? await Program.run("/usr/bin/env", ["docker", "info"]) else { return "no env" }
    return info.end == .status(0) ? nil : "no Docker engine answers here"
  }

  @Test(.enabled("no Docker engine answers here") { await obstacle() == nil })
  func `the stack is built, serves five clients and goes away`() async throws {
    let script = "\(TextFile.repository)/entrypoint_compose.sh"
    // Its own project on a free port: beside any stack that runs here.
    let hasSpeech = SpeechFiles.isThere
    let environment = [
      "SPEECH": hasSpeech ? "on" : "off", "AUDIO_ENGINE": hasSpeech ? "speech" : "mock",
      "COMPOSE_PROJECT_NAME": "audio-test-\(UInt32.random(in: 0 ... .max))", "AUDIO_PUBLISH": "127.0.0.1:0",
      "CLIENT_MODE": "simulate", "MSGS": "50", "RATE_MS": "5",
    ]
    let logs = await Task {
      let up = try await Program.run(
        script, ["--build", "--up", "--client", "5"], environment: environment, within: .seconds(1800))
      #expect(up.end == .status(0), "\(up.standardError.text)")
      var logs = ""
      try await eventually("five clients have their table", within: .seconds(120)) {
        logs = try await Program.run(script, ["--logs"], environment: environment).standardOutput.text
        return logs.split(separator: "\n").filter { $0.contains("transcribed") }.count >= 5
      }
      return logs
    }.result
    let down = try await Program.run(script, ["--down"], environment: environment)
    #expect(down.end == .status(0), "\(down.standardError.text)")
    let engine = "engine=\(hasSpeech ? "speech" : "mock")"
    #expect(try logs.get().split(separator: "\n").filter { $0.contains(engine) }.count >= 5)
  }

  /// Images of a NATS server and of HAProxy, made of what is here or in Debian: no registry is needed.
  private static func buildImages(_ nats: String, _ haproxy: String) throws {
    let folder = try TemporaryFolder()
    try ShellCommand.run("cp \(TestBroker.path) \(folder.path)/nats-server")
    _ = try folder.file(
      "nats", "FROM debian:bookworm-slim\nCOPY nats-server /usr/local/bin/\nENTRYPOINT [\"nats-server\"]\n".utf8)
    _ = try folder.file(
      "haproxy",
      "FROM debian:bookworm-slim\nRUN apt-get update -qq && apt-get install -y -qq --no-install-recommends haproxy\n"
        .utf8
    )
    for (file, image) in [("nats", nats), ("haproxy", haproxy)] {
      try ShellCommand.run("docker build -q -t \(image) -f \(folder.path)/\(file) \(folder.path)")
    }
  }

  @Test(
    .enabled("no Docker engine answers here") { await obstacle() == nil },
    .enabled(if: TestBroker.isInstalled, Comment(rawValue: TestBroker.reason)))
  func `the stack of several machines serves its clients, also when a worker, a server and a broker are killed`()
    async throws
  {
    let script = "\(TextFile.repository)/entrypoint_compose.sh"
    let project = "audio-test-\(UInt32.random(in: 0 ... .max))"
    // Not that of a stack that runs here.
    let network = "10.\(Int.random(in: 64...191))"
    let environment = [
      "SPEECH": SpeechFiles.isThere ? "on" : "off", "AUDIO_ENGINE": "mock", "COMPOSE_PROJECT_NAME": project,
      "AUDIO_PUBLISH": "127.0.0.1:0", "CLIENT_MODE": "file", "AUDIO_LOOP": "0", "AUDIO_QUIET": "0",
      "NATS_IMAGE": "audio-service-test-nats", "HAPROXY_IMAGE": "audio-service-test-haproxy",
      "AUDIO_SCALE_NETWORK": network,
    ]
    try Self.buildImages("audio-service-test-nats", "audio-service-test-haproxy")
    let logs = await Task {
      let up = try await Program.run(
        script, ["--scale", "--build", "--up", "--workers", "3", "--client", "5"], environment: environment,
        within: .seconds(1800))
      #expect(up.end == .status(0), "\(up.standardError.text)")
      for part in ["worker", "server-1", "nats-1"] {
        let name = try ShellCommand.run("docker ps --format '{{.Names}}' | grep -E '^\(project)[-_]\(part)([-_]1)?$'")
        try ShellCommand.run("docker kill \(name.split(separator: "\n").first ?? "")")
        try await Task.sleep(for: .seconds(4))
      }
      var logs = ""
      try await eventually("five clients have their receipt", within: .seconds(120)) {
        logs = try await Program.run(script, ["--scale", "--logs"], environment: environment).standardOutput.text
        return logs.matches(of: /receipt agrees|unanswered|exited with code/).count >= 5
      }
      return logs
    }.result
    let down = try await Program.run(script, ["--down"], environment: environment)
    #expect(down.end == .status(0), "\(down.standardError.text)")
    let said = try logs.get()
    #expect(said.matches(of: /all \d+ chunks answered[,;].*the server's receipt agrees/).count == 5)
    #expect(said.contains("reconnected; resuming the session"))
    #expect(!said.contains("starting a new session"))
    // To the servers, clients have their own addresses, not HAProxy's.
    #expect(said.contains("client connected") && said.contains(" peer=\(network).128."))
    #expect(!said.contains(" peer=\(network).0.2 "))
  }
}
