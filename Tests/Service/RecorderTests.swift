import Glibc
import JSON
import Support
import Testing

/// `audio-client mic` as a permanent recorder.
@Suite struct RecorderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var names: [String] { TextFile.names(in: "\(folder.path)/kept").sorted() }

  private func record(_ arguments: String..., server: TestServer) throws -> Program {
    let configuration = try SimulatedMicrophone.configuration(of: ["default": SimulatedMicrophone()])
    return try Program(
      "audio-client", ["mic", "--url", server.url] + arguments, environment: ["ALSA_CONFIG_PATH": configuration])
  }

  @Test(.enabled(if: SimulatedMicrophone.isAvailable, "\(SimulatedMicrophone.requirement)"))
  func `texts and sound are in the folder though the client is killed, and old files of its own are gone`() async throws
  {
    let server = try await TestServer()
    let kept = "\(folder.path)/kept"
    mkdir(kept, 0o700)
    // A recorder made the one, a person the other.
    try TextFile.write("2020-01-01.txt\n".utf8, to: "\(kept)/.audio-client")
    for name in ["2020-01-01.txt", "2020-01-02.txt"] { try TextFile.write("old".utf8, to: "\(kept)/\(name)") }
    let client = try record("--text-dir", kept, "--record", "\(kept)/", "--keep-days", "30", server: server)
    try await eventually("two seconds are kept\n\(client.standardError.text)") {
      let texts = names.last { $0.hasSuffix(".txt") }.flatMap { TextFile.read("\(kept)/\($0)") }
      return texts?.split(separator: "\n").count ?? 0 >= 20
    }
    client.signal(SIGKILL)
    try await client.ended()
    #expect(client.standardOutput.text == "")
    #expect(!client.standardError.text.contains("mock"), "\(client.standardError.text)")
    #expect(!names.contains("2020-01-01.txt"))
    #expect(names.contains("2020-01-02.txt"))
    for name in names where name.hasPrefix("20") && !name.hasPrefix("2020") {
      #expect(try ShellCommand.run("stat -c %a '\(kept)/\(name)'") == "600\n")
    }

    let sound = try #require(names.first { $0.hasSuffix(".flac") })
    let again = try await Program.run(
      "audio-client", ["file", "\(kept)/\(sound)", "--speed", "fast", "--output", "json", "--url", server.url])
    let seconds = try JSONValue.lines(of: again).last?["duration"]?.double ?? 0
    #expect(seconds >= 1.5, "\(again.standardError.text)")
  }

  @Test func `flags that contradict each other, and a folder that cannot be, are refused`() async throws {
    let server = try await TestServer()
    for (arguments, error) in [
      (
        ["--text-dir", folder.path, "--output", "json"],
        "--text-dir: expected no --output, because all texts are written there, got json"
      ),
      (
        ["--keep-days", "30"],
        "--keep-days: expected --text-dir DIR or --record DIR/ with it, whose old files are deleted"
      ),
      (["--text-dir", folder.path, "--keep-days", "0"], "--keep-days: expected an integer from 1 to 36500, got \"0\""),
    ] {
      let client = try await Program.run("audio-client", ["mic", "--url", server.url] + arguments)
      #expect(client.end == .status(2))
      #expect(client.standardError.text.contains(error), "\(client.standardError.text)")
    }
    let file = try folder.file("file", "".utf8)
    let client = try await Program.run("audio-client", ["mic", "--url", server.url, "--text-dir", "\(file)/x"])
    #expect(client.end == .status(1))
    #expect(client.standardError.text.contains("\(file)/x: cannot be written: "), "\(client.standardError.text)")
  }
}
