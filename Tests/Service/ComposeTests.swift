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
}
