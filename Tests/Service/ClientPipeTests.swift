import Contract
import Glibc
import JSON
import Support
import Testing

/// Recorders that write into the client, and files with odd names.
@Suite struct ClientPipeTests {
  private let folder: TemporaryFolder
  private let server: TestServer

  init() async throws {
    folder = try TemporaryFolder()
    server = try await TestServer()
  }

  private static let second = [UInt8](repeating: 0x20, count: 32_000)

  /// A pipe with a name, open at both ends, so that nobody waits to open it.
  private func pipe(_ name: String) throws -> (path: String, descriptor: Int32) {
    let path = "\(folder.path)/\(name)"
    guard mkfifo(path, 0o600) == 0 else { throw TestFailure("mkfifo: \(errno)") }
    let descriptor = open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw TestFailure("open: \(errno)") }
    return (path, descriptor)
  }

  private func receipt(_ client: Program) throws -> Receipt {
    for message in try JSONValue.lines(of: client) {
      if let receipt = Receipt(message) { return receipt }
    }
    throw TestFailure("no receipt: \(client.standardError.text)")
  }

  @Test(arguments: [true, false])
  func `a recording is answered while it goes on, and Ctrl-C ends it with its receipt`(_ isRaw: Bool) async throws {
    let (path, recorder) = try pipe("recorder")
    let flags = isRaw ? ["--raw", "s16le:16000:1"] : []
    let client = try Program(
      "audio-client", ["file", path, "--output", "jsonl", "--no-retry", "--url", server.url] + flags)
    // The length of a recorder that does not know it.
    let header = isRaw ? [] : Array(WaveFile.bytes([], rate: 16_000)[..<40]) + [0, 0, 0, 0x80]
    write(recorder, header, header.count)
    write(recorder, Self.second, Self.second.count)
    try await eventually("a chunk is answered while the pipe is open") {
      client.standardOutput.text.contains("\"transcription\"")
    }
    write(recorder, Self.second, Self.second.count)
    client.signal(SIGINT)
    close(recorder)
    #expect(try await client.ended() == .status(0), "\(client.standardError.text)")
    #expect(try receipt(client).bytes == 2 * Self.second.count)
  }

  @Test func `a recorder that goes on after Ctrl-C is left behind`() async throws {
    let (path, recorder) = try pipe("endless")
    defer { close(recorder) }
    let client = try Program(
      "audio-client",
      ["file", path, "--raw", "s16le:16000:1", "--output", "jsonl", "--no-retry", "--url", server.url])
    write(recorder, Self.second, Self.second.count)
    try await eventually("a chunk is answered") { client.standardOutput.text.contains("\"transcription\"") }
    client.signal(SIGINT)
    #expect(try await client.ended() == .status(0), "\(client.standardError.text)")
    #expect(try receipt(client).bytes == Self.second.count)
  }

  @Test func `standard input may be named as a file`() async throws {
    let samples = Tone(hertz: 440, amplitude: 0.5).samples(rate: 16_000, count: 16_000)
    for name in ["/dev/stdin", "/dev/fd/0", "-"] {
      let client = try await Program.run(
        "audio-client", ["file", name, "--output", "json", "--url", server.url],
        input: .bytes(WaveFile.bytes(samples, rate: 16_000)))
      #expect(client.end == .status(0), "\(client.standardError.text)")
      #expect(try JSONValue.lines(of: client).first?["duration"]?.double == 1)
    }
  }

  @Test func `a name that is not UTF-8 reaches the system as it is`() async throws {
    let samples = Tone(hertz: 440, amplitude: 0.5).samples(rate: 16_000, count: 4000)
    _ = try folder.file("plain.wav", WaveFile.bytes(samples, rate: 16_000))
    let script = """
      name=$(printf 'caf\\351.wav') folder=$(printf 'gr\\374\\337e/tief') && cp plain.wav "$name" &&
      TMPDIR=$folder "$0" file "$name" --speed fast --output json --output-dir "$folder" --url "$1" &&
      cat "$folder/$(printf 'caf\\351.json')" && rm -r "$name" "${folder%/tief}"
      """
    let client = try await Program.run(
      "/bin/sh", ["-c", script, "\(Program.buildFolder)/audio-client", server.url], folder: folder.path)
    #expect(client.end == .status(0), "\(client.standardError.text)")
    #expect(client.standardError.text.contains("caf\\xE9.wav"))
    let object = try #require(try JSONValue.lines(of: client).first)
    #expect(object["file"]?.string == "caf\\xE9.wav")
    #expect(object["duration"]?.double == 0.25)
  }

  @Test func `a kind that only ffmpeg decodes is named with the line that helps, where there is none`() async throws {
    let head = [0, 0, 0, 0x1C] + Array("ftypM4A ".utf8)
    let path = try folder.file("my voice.m4a", head + [UInt8](repeating: 0, count: 99))
    let client = "\(Program.buildFolder)/audio-client"
    for (input, help) in [
      ("'\(path)'", "MP4/M4A is not read here without ffmpeg: apt-get install ffmpeg"),
      ("- < '\(path)'", "ffmpeg -i - -f wav - | audio-client file -"),
    ] {
      let run = try await Program.run(
        "/bin/sh", ["-c", "PATH=/nowhere exec '\(client)' file --url '\(server.url)' \(input)"])
      #expect(run.end == .status(1))
      #expect(run.standardError.text.contains(help), "\(run.standardError.text)")
    }
  }

  @Test func `sound behind what a header counts is sent and told, and missing sound ends with 1`() async throws {
    let samples = Tone(hertz: 440, amplitude: 0.5).samples(rate: 16_000, count: 16_000)
    let whole = WaveFile.bytes(samples, rate: 16_000)
    let headers = [(8000, Int32(0), "its header says only"), (64_000, 1, "truncated"), (0, 0, "never written")]
    for (counted, status, word) in headers {
      var bytes = whole
      for index in 0..<4 { bytes[40 + index] = UInt8(truncatingIfNeeded: counted >> (8 * index)) }
      let path = try folder.file("counted.wav", bytes)
      let client = try await Program.run(
        "audio-client", ["file", path, "--speed", "fast", "--output", "json", "--url", server.url])
      #expect(client.end == .status(status), "\(client.standardError.text)")
      #expect(client.standardError.text.contains(word))
      #expect(try JSONValue.lines(of: client).first?["duration"]?.double == 1)
    }
  }
}
