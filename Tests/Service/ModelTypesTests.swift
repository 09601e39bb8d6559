import Glibc
import JSON
import Support
import Testing

/// A tiny model of each type that docs/models.md lists, through the real programs. Scripts of Tests/Models make them.
@Suite(.serialized) struct ModelTypesTests {
  private static let recording = "\(TextFile.repository)/Assets/speech.wav"

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func python(_ script: String, _ arguments: [String]) async throws -> String {
    let run = try await Program.run(
      "/usr/bin/python3", ["-B", "\(TextFile.repository)/Tests/Models/\(script)"] + arguments)
    guard run.end == .status(0) else { throw TestFailure("\(script): \(run.standardError.text)") }
    return run.standardOutput.text
  }

  /// What a server with this model makes of the bundled recording: the words of each segment, in lower case.
  private func segments(model: String) async throws -> [[String]] {
    let server = try await TestServer(["--engine", "speech", "--model", model, "--language", "auto"])
    let client = try await Program.run(
      "audio-client",
      ["file", Self.recording, "--speed", "fast", "--output", "json", "--url", server.url], within: .seconds(60))
    let receipt = try JSONValue.lines(of: client).last?["receipt"]
    guard client.end == .status(0), let segments = receipt?["segments"]?.array else {
      throw TestFailure("\(client.standardError.text)\n\(server.program.standardError.text)")
    }
    return segments.map { segment in
      (segment["text"]?.string ?? "").lowercased().split { !$0.isLetter }.map(String.init)
    }
  }

  @Test(
    .enabled(if: SpeechFiles.areExpected, "\(SpeechFiles.reason)"),
    arguments: [
      "moonshine", "moonshine_in_four", "transducer", "nemo_transducer", "sense_voice", "whisper", "zipformer",
    ])
  func `a model of each type runs, from its files to the client's text`(_ type: String) async throws {
    _ = try await python("tiny_models.py", [folder.path])
    let segments = try await segments(model: "\(folder.path)/\(type)")
    #expect(!segments.isEmpty)
    let words = ["раз", "два", "три", "четыре", "пять"]
    for said in segments { #expect(said == Array(words.prefix(said.count))) }
    #expect(segments.contains(words))
  }

  @Test(.enabled(if: SpeechFiles.areExpected, "\(SpeechFiles.reason)"), arguments: [1, 2, 3])
  func `converted networks compute what a plain Whisper of the same weights does`(_ seed: Int) async throws {
    _ = try await python("compared.py", [folder.path, "\(seed)", "\(SpeechFiles.home)/lib/libonnxruntime.so"])
  }

  @Test func `a file that is no model of CTranslate2, or not whole, is told`() async throws {
    _ = try await python("converted.py", [folder.path, "756"])
    #expect(access("\(folder.path)/converted/model.json", F_OK) == 0)
    let path = "\(folder.path)/model.bin"
    guard let bytes = TextFile.bytes(path) else { throw TestFailure("\(path) is missing") }
    for (bytes, reason) in [
      (Array(bytes.dropLast()), "is truncated"), (bytes + [0], "has 1 bytes after its end"),
      ([7] + bytes.dropFirst(), "is of version 7 of CTranslate2's format, not 6"), ([], "is truncated"),
    ] {
      _ = try folder.file("model.bin", bytes)
      let run = try await Program.run(
        "/usr/bin/python3",
        ["-B", "\(TextFile.repository)/Models/convert.py", folder.path, "\(folder.path)/again"])
      #expect(run.end == .status(1))
      #expect(run.standardError.text.contains(reason), "\(run.standardError.text)")
      #expect(access("\(folder.path)/again", F_OK) != 0)
    }
  }
}
