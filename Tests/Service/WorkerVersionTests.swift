import Contract
import Support
import Testing

/// Workers of other builds, which speak other versions of the link.
@Suite(.enabled(if: ContractRun.hasPython, "\(ContractRun.reason)")) struct WorkerVersionTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A program for `--worker-path` that speaks these versions.
  private func worker(_ versions: String) throws -> String {
    let script = "\(TextFile.repository)/Tests/WorkerVersions/worker.py"
    let path = try folder.file(
      "audio-worker",
      "#!/bin/sh\nexec '\(ContractRun.python)' '\(script)' \(versions) '\(Program.buildFolder)/audio-worker' \"$@\"\n"
        .utf8)
    try ShellCommand.run("chmod +x '\(path)'")
    return path
  }

  @Test(arguments: ["4", "9-10"])
  func `a worker without a common version is refused with the reason, and not started again`(
    _ versions: String
  ) async throws {
    let path = try worker(versions)
    let server = try await Program.run("audio-server", ["--port", "0", "--worker-path", path])
    #expect(server.end == .status(1))
    let text = server.standardError.text
    let theirs = versions.replacing("-", with: " to ")
    #expect(text.contains("speaks version \(theirs) of the link, this server 5 to 8"), "\(text)")
    #expect(text.contains(path))
    #expect(server.standardError.lines.count { $0.contains("worker started") } == 1)
  }

  // The last ones get no memory from the program between, so they are lent nothing.
  @Test(arguments: ["5-5", "6-7", "7-8"])
  func `a worker of another build that speaks one of these versions is served`(_ versions: String) async throws {
    let server = try await TestServer(["--worker-path", try worker(versions)])
    let client = try RawWebSocket(port: server.port)
    for seq in 1...3 {
      try client.send(chunks: seq...seq)
      try client.expectMeasured(seq...seq)
    }
    #expect(try await server.stop() == .status(0))
  }
}
