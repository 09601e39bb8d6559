import Contract
import Glibc
import JSON
import Support
import Testing

/// Sessions of a server with `--journal` go on when it is killed and started anew.
@Suite struct JournalTests {
  private let folder: TemporaryFolder
  private var journal: String { "\(folder.path)/journal" }

  init() throws { folder = try TemporaryFolder() }

  /// A recording of three seconds of which no two chunks are the same, and its bytes.
  private func recording() throws -> (path: String, pcm: [UInt8]) {
    let samples = Tone(hertz: 440, amplitude: 0.9).samples(rate: 16_000, count: 48_000).enumerated().map {
      $1 * Double($0) / 48_000
    }
    return (try folder.file("swell.wav", WaveFile.bytes(samples, rate: 16_000)), WaveFile.pcm(samples))
  }

  private var files: [String] {
    guard let folder = opendir(journal) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasSuffix(".journal") { names.append("\(journal)/\(name)") }
    }
    return names.sorted()
  }

  private func client(_ path: String, _ server: TestServer) throws -> Program {
    try Program("audio-client", ["file", path, "--output", "jsonl", "--url", server.url])
  }

  /// The client has so many answers.
  private func answered(_ client: Program, _ chunks: Int) async throws {
    try await eventually("\(chunks) chunks are answered\n\(client.standardError.text)") {
      client.standardOutput.text.contains(#"{"seq":\#(chunks),"transcription""#)
    }
  }

  private func messages(of client: Program) throws -> [ServerMessage] {
    try client.standardOutput.lines.map { line in
      guard let message = ServerMessage(parsing: line.utf8) else { throw TestFailure("\(line) is no message") }
      return message
    }
  }

  /// The receipts and the names of sessions that a client was sent.
  private func summary(of client: Program) throws -> (receipts: [Receipt], sessions: Set<String>) {
    let messages = try messages(of: client)
    return (
      messages.compactMap { if case .summary(let receipt) = $0 { receipt } else { nil } },
      Set(messages.compactMap { if case .started(_, let name, _, _) = $0 { name } else { nil } })
    )
  }

  @Test(
    arguments: [
      (SIGKILL, "1", "os"), (SIGTERM, "1", "os"), (SIGKILL, "2", "always"), (SIGTERM, "2", "none"),
      (SIGKILL, "1", "none"),
    ])
  func `a session goes on with one receipt, however its server ends`(
    _ signal: Int32, loops: String, sync: String
  ) async throws {
    let flags = ["--journal", journal, "--journal-sync", sync, "--loops", loops]
    let first = try await TestServer(flags)
    let (path, pcm) = try recording()
    let client = try client(path, first)
    try await answered(client, 12)
    try await first.stop(signal)
    let second = try await TestServer(flags, port: first.port)
    #expect(second.program.standardError.text.contains("sessions restored from the journal sessions=1"))
    #expect(try await client.ended() == .status(0), "\(client.standardError.text)")
    let (receipts, sessions) = try summary(of: client)
    #expect(sessions.count == 1, "\(client.standardError.text)\n\(second.program.standardError.text)")
    #expect(receipts.map(\.chunks) == [30])
    #expect(receipts.map(\.processed) == [30])
    #expect(receipts.first?.sha256 == (try await Program.sha256(pcm)))
    #expect(client.standardError.text.contains("all 30 chunks answered, though the connection broke once"))
    #expect(client.standardError.text.contains("the server's receipt agrees"))
    try await second.stop()
  }

  @Test func `with a key nothing of it can be read, and only a server with that key goes on`() async throws {
    let key = try folder.file("key", [UInt8](repeating: 3, count: 32))
    let flags = ["--journal", journal, "--journal-key", key]
    let first = try await TestServer(flags)
    let (path, pcm) = try recording()
    let client = try client(path, first)
    try await answered(client, 12)
    try await first.stop(SIGKILL)
    let written = try files.flatMap { try #require(TextFile.bytes($0)) }
    #expect(written.count > 100)
    for name in try summary(of: client).sessions { #expect(!String(decoding: written, as: UTF8.self).contains(name)) }
    let other = try folder.file("other", [UInt8](repeating: 4, count: 32))
    for (flags, reason) in [([], "--journal-key FILE"), (["--journal-key", other], "encrypted with another key")] {
      let refused = try await Program.run("audio-server", ["--port", "0", "--journal", journal] + flags)
      #expect(refused.end == .status(1))
      #expect(refused.standardError.text.contains(reason), "\(refused.standardError.text)")
    }
    let second = try await TestServer(flags, port: first.port)
    #expect(try await client.ended() == .status(0), "\(client.standardError.text)")
    let (receipts, sessions) = try summary(of: client)
    #expect((receipts.count, sessions.count) == (1, 1))
    #expect(receipts.first?.sha256 == (try await Program.sha256(pcm)))
    try await second.stop()
  }

  @Test(arguments: [0.0, 0.3, 0.9]) func `of a damaged journal what is whole is used, and the rest is reported`(
    _ place: Double
  ) async throws {
    let first = try await TestServer(["--journal", journal])
    let (path, _) = try recording()
    let client = try client(path, first)
    try await answered(client, 15)
    try await first.stop(SIGKILL)
    let file = try #require(files.first)
    var bytes = try #require(TextFile.bytes(file))
    bytes[Int(place * Double(bytes.count))] ^= 1
    try bytes.withUnsafeBytes { bytes in
      let descriptor = open(file, O_WRONLY)
      defer { close(descriptor) }
      guard write(descriptor, bytes.baseAddress, bytes.count) == bytes.count else { throw TestFailure("not written") }
    }
    let second = try await TestServer(["--journal", journal], port: first.port)
    #expect(second.program.standardError.text.contains("is not whole: what is whole is used"))
    #expect(try await client.ended() == .status(0), "\(client.standardError.text)")
    #expect(client.standardError.text.contains("all 30 chunks answered"))
    try await second.stop()
  }

  @Test(.enabled(if: access("/usr/bin/prlimit", X_OK) == 0, "prlimit (util-linux) limits the size of a file"))
  func `on a full disk sessions go on without the journal, which is counted and logged`() async throws {
    let server = try await TestServer(["--journal", journal])
    #expect(
      try await Program.run("/usr/bin/prlimit", ["--pid", "\(server.program.pid)", "--fsize=2048"]).end == .status(0))
    let (path, pcm) = try recording()
    let client = try client(path, server)
    #expect(try await client.ended() == .status(0), "\(client.standardError.text)")
    let (receipts, _) = try summary(of: client)
    #expect(receipts.first?.sha256 == (try await Program.sha256(pcm)))
    #expect(server.program.standardError.text.contains("journal suspended"))
    let metrics = try server.get("/metrics").body
    #expect(metrics.contains("audio_journal_suspensions_total 1"), "\(metrics)")
    // Nothing that a later server could take for the session's state.
    try await eventually("the files are deleted") { files == [] }
  }

  @Test func `one server at a time uses a journal, in a folder that only its user can read`() async throws {
    let server = try await TestServer(["--journal", journal])
    let second = try await Program.run("audio-server", ["--port", "0", "--journal", journal])
    #expect(second.end == .status(1))
    #expect(second.standardError.text.contains("another server uses this journal"))
    var status = stat()
    #expect(stat(journal, &status) == 0 && status.st_mode & 0o777 == 0o700)
    #expect(stat(try #require(files.first), &status) == 0 && status.st_mode & 0o777 == 0o600)
    // Without a session there is nothing to keep.
    try await server.stop()
    #expect(files == [])
  }
}
