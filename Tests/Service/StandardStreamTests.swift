import Glibc
import Support
import Testing

/// What becomes of the programs where their standard input, output or error is full, closed or has no reader.
@Suite struct StandardStreamTests {
  /// A shell that becomes `program`, its descriptors as `redirections` say.
  private func shell(_ program: String, _ arguments: [String], _ redirections: String) throws -> Program {
    let path = "\(Program.buildFolder)/\(program)"
    return try Program("/bin/sh", ["-c", "exec \"$@\" \(redirections)", "sh", path] + arguments)
  }

  private func tone(in folder: TemporaryFolder) throws -> String {
    let samples = Tone(hertz: 440, amplitude: 0.5).samples(rate: 16_000, count: 8000)
    return try folder.file("tone.wav", WaveFile.bytes(samples, rate: 16_000))
  }

  @Test(arguments: [
    (">/dev/full", "text", "No space left on device"), (">/dev/full", "json", "No space left on device"),
    (">&-", "text", "Bad file descriptor"),
  ])
  func `results that standard output does not take are said to be lost, exit 1`(
    _ redirection: String, _ output: String, _ reason: String
  ) async throws {
    let folder = try TemporaryFolder()
    let server = try await TestServer()
    let arguments = ["file", try tone(in: folder), "--speed", "fast", "--output", output, "--url", server.url]
    let client = try shell("audio-client", arguments, redirection)
    #expect(try await client.ended() == .status(1))
    #expect(client.standardError.lines.contains("audio-client: standard output: \(reason)"))
  }

  @Test func `a table and a help text that standard output does not take are exit 1, too`() async throws {
    let server = try await TestServer()
    let simulation = try shell("audio-client", ["simulate", "--messages", "3", "--url", server.url], ">/dev/full")
    #expect(try await simulation.ended() == .status(1))
    #expect(try await shell("audio-client", ["--help"], ">/dev/full").ended() == .status(1))
  }

  @Test func `a reader that has had enough ends the client quietly`() async throws {
    let folder = try TemporaryFolder()
    let server = try await TestServer()
    let client = try Program(
      "/bin/sh",
      [
        "-c", "{ \"$@\"; echo \"exit $?\" >&2; } | true", "sh", "\(Program.buildFolder)/audio-client", "file",
        try tone(in: folder), "--url", server.url,
      ])
    #expect(try await client.ended() == .status(0))
    #expect(client.standardError.lines.contains("exit 0"))
    #expect(!client.standardError.text.contains("standard output"))
  }

  @Test func `a server started without standard descriptors gives their numbers to nothing of its own`() async throws {
    let server = try shell("audio-server", ["--port", "0"], "<&- >&-")
    try await eventually("the server listens") { TestServer.port(in: server.standardError.lines) != nil }
    for descriptor in 0...1 {
      #expect(try ShellCommand.run("readlink /proc/\(server.pid)/fd/\(descriptor)") == "/dev/null\n")
    }
    server.signal(15)
    #expect(try await server.ended() == .status(0))
  }

  @Test func `a client started without standard error does its work all the same`() async throws {
    let folder = try TemporaryFolder()
    let server = try await TestServer()
    let client = try shell(
      "audio-client", ["file", try tone(in: folder), "--speed", "fast", "--url", server.url], "2>&-")
    #expect(try await client.ended() == .status(0))
    #expect(client.standardOutput.lines.count == 5)
  }

  @Test func `standard input that is a terminal is no file, exit 2`() async throws {
    let client = try await Program.run(
      "/usr/bin/script", ["-qec", "'\(Program.buildFolder)/audio-client' file -", "/dev/null"])
    #expect(client.end == .status(2))
    #expect(client.standardOutput.text.contains("expected a pipe or a file on standard input"))
  }

  @Test(.enabled("libsndfile writes no MP3 here") { SoundFileWriter.canWrite(.mp3, .mp3) })
  func `what libraries print is not seen, only the client's own lines`() async throws {
    let folder = try TemporaryFolder()
    let whole = "\(folder.path)/tone.mp3"
    let samples = Tone(hertz: 440, amplitude: 0.5).samples(rate: 48_000, count: 96_000)
    try SoundFileWriter.write(samples, to: whole, .mp3, .mp3, rate: 48_000)
    let bytes = try #require(TextFile.bytes(whole))
    // libmpg123 warns of both: a file shorter than its header says, and one that ends in its first frame.
    for count in [bytes.count / 2, 600] {
      let cut = try folder.file("cut.mp3", Array(bytes.prefix(count)))
      let server = try await TestServer()
      let client = try await Program.run(
        "audio-client", ["file", cut, "--speed", "fast", "--no-retry", "--url", server.url])
      let lines = client.standardError.lines
      #expect(!lines.isEmpty && lines.allSatisfy { $0.hasPrefix("cut.mp3: ") || $0.hasPrefix(cut) }, "\(lines)")
    }
  }

  @Test(arguments: [SIGABRT, SIGILL, SIGSEGV]) func `the reason for a crash is seen all the same`(signal: Int32)
    async throws
  {
    let folder = try TemporaryFolder()
    // It waits for a server that is not there.
    let client = try Program(
      "audio-client", ["file", try tone(in: folder), "--url", "127.0.0.1:1"],
      // The Swift runtime would look for the place of a fault that there is not.
      environment: ["SWIFT_BACKTRACE": "enable=no"])
    try await eventually("it runs") { client.standardError.text.contains("retrying") }
    try TextFile.write(Array("Fatal error: a reason\n".utf8), to: "/proc/\(client.pid)/fd/2")
    #expect(!client.standardError.text.contains("a reason"))
    client.signal(signal)
    #expect(try await client.ended() == .signal(signal))
    #expect(client.standardError.lines.last == "Fatal error: a reason")
  }

  @Test func `a job in the background draws nothing on the terminal of another`() async throws {
    let folder = try TemporaryFolder()
    let server = try await TestServer()
    let terminal = try Terminal()
    let job = try terminal.startBehind(
      "audio-client", ["file", try tone(in: folder), "--output", "json", "--url", server.url], environment: [:])
    #expect(try await job.ended() == .status(0))
    try await eventually("its lines are there") { terminal.output.text.contains("the server's receipt agrees") }
    #expect(!terminal.output.text.contains("\u{1B}"), "\(terminal.output.text)")
  }

  private static let upgrade = [
    "GET /api/audio/ws HTTP/1.1", "Host: a", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==", "", "",
  ].joined(separator: "\r\n")

  @Test func `a log that nobody reads stops nothing, and says later what was dropped`() async throws {
    let folder = try TemporaryFolder()
    let pipe = "\(folder.path)/log"
    _ = try ShellCommand.run("mkfifo '\(pipe)'")
    // The shell keeps both ends open, so that opening does not wait. A server's first lines are read, then none.
    let server = try Program(
      "/bin/sh",
      [
        "-c",
        #"""
        exec 7<>"$1"; "$2" --port 0 2>&7 >&7 & server=$!
        trap 'kill -TERM $server' TERM
        while read -r line <&7; do echo "$line"; case $line in *listening*) break; esac; done
        wait $server; status=$?
        [ $status -gt 128 ] && { wait $server; status=$?; }
        echo "server exit $status"
        """#, "sh", pipe, "\(Program.buildFolder)/audio-server",
      ])
    try await eventually("the server listens") { TestServer.port(in: server.standardOutput.lines) != nil }
    let port = try #require(TestServer.port(in: server.standardOutput.lines))
    // A pipe holds 64 KiB, the queue a quarter of a MiB: some 2,000 lines.
    for _ in 0..<2000 {
      let socket = try RawSocket(port: port)
      try socket.send(Self.upgrade)
      _ = try socket.receive(1)
    }
    let health = try ShellCommand.run("curl -sS -m 10 http://127.0.0.1:\(port)/api/audio/health")
    #expect(health.contains("ok"))
    let reader = try Program("/bin/sh", ["-c", "timeout 3 cat '\(pipe)' || true"])
    try await reader.ended()
    let socket = try RawSocket(port: port)
    try socket.send(Self.upgrade)
    _ = try socket.receive(1)
    let last = try Program("/bin/sh", ["-c", "timeout 3 cat '\(pipe)' || true"])
    try await last.ended()
    #expect(last.standardOutput.text.contains("log lines dropped: nobody read them lines="))
    server.signal(15)
    #expect(try await server.ended() == .status(0))
    #expect(server.standardOutput.lines.contains("server exit 0"))
  }

  @Test func `messages that nobody reads do not stop the client`() async throws {
    let folder = try TemporaryFolder()
    let server = try await TestServer()
    // The pipe is full before the client starts; it is read when the client is done.
    let script = """
      { dd if=/dev/zero bs=1024 count=64 status=none >&2; "$@" > '\(folder.path)/results'; touch '\(folder.path)/done'; } 2>&1 >&3 3>&- \
        | { while [ ! -e '\(folder.path)/done' ]; do sleep 0.05; done; cat > /dev/null; }
      """
    let client = try Program(
      "/bin/sh",
      [
        "-c", "exec 3>&1\n" + script, "sh", "\(Program.buildFolder)/audio-client", "file", try tone(in: folder),
        "--speed",
        "fast", "--url", server.url,
      ])
    #expect(try await client.ended() == .status(0))
    #expect(TextFile.read("\(folder.path)/results")?.contains("mock transcription") == true)
  }
}
