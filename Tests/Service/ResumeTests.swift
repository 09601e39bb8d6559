import Contract
import Glibc
import JSON
import Support
import Testing

@Suite struct ResumeTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A recording of so many seconds of which no two chunks are the same, and its bytes.
  private func recording(seconds: Int) throws -> (path: String, pcm: [UInt8]) {
    let tone = Tone(hertz: 440, amplitude: 0.9).samples(rate: 16_000, count: seconds * 16_000)
    let samples = tone.enumerated().map { $1 * Double($0) / Double(tone.count) }
    return (try folder.file("swell.wav", WaveFile.bytes(samples, rate: 16_000)), WaveFile.pcm(samples))
  }

  /// What a client's `jsonl` says of one session.
  private struct Told {
    var names: Set<String> = []
    var clients: Set<Int> = []
    var acknowledged: [Int] = []
    /// The seqs of all transcriptions, as they came.
    var answered: [Int] = []
    var receipt: Receipt?

    /// Every chunk up to the last exactly once, and that one once at least: a stop repeats it.
    func isWhole(_ chunks: Int) -> Bool {
      answered.prefix(chunks).elementsEqual(1...chunks) && answered.dropFirst(chunks).allSatisfy { $0 == chunks }
    }
  }

  /// The sessions of a client's `jsonl`, one after another.
  private func sessions(of client: Program) throws -> [Told] {
    var sessions: [Told] = []
    for line in client.standardOutput.lines {
      guard let message = ServerMessage(parsing: line.utf8) else { throw TestFailure("\(line) is no message") }
      if case .started(let id, let name, _, let seq) = message {
        if seq == nil { sessions.append(Told()) }
        guard let last = sessions.indices.last else { throw TestFailure("it goes on with nothing") }
        sessions[last].names.insert(name)
        sessions[last].clients.insert(id)
      }
      guard let last = sessions.indices.last else { continue }
      switch message {
      case .accepted(let id, let seq, _):
        sessions[last].acknowledged.append(seq)
        sessions[last].clients.insert(id)
      case .transcription(let reply): sessions[last].answered.append(reply.seq)
      case .summary(let receipt): sessions[last].receipt = receipt
      case .failure(let error, _, _): #expect(error.hasPrefix("resume: ") || error.contains("stopped already"))
      case .started, .flushed, .pong, .notice: break
      }
    }
    return sessions
  }

  /// Twenty ends of connections, early and late, in either direction, within messages and between them.
  private func cuts(every bytes: Int) -> [RecordingProxy.Fault] {
    (0..<20).map { number in
      let place = bytes / 2 + number * 7919 % bytes
      return number % 3 == 2 ? .cutAfterReceived(500 + place / 10) : .cutAfterSent(500 + place)
    }
  }

  @Test(
    arguments: LongForm.either(
      [("fast", 60, 60_000), ("realtime", 20, 20_000)], orShort: [("fast", 40, 20_000)]))
  func `a file over a connection that is cut twenty times is answered chunk for chunk, once`(
    _ speed: String, seconds: Int, bytes: Int
  ) async throws {
    let server = try await TestServer()
    let proxy = try RecordingProxy(to: server.port, faults: cuts(every: bytes))
    let (path, pcm) = try recording(seconds: seconds)
    let client = try await Program.run(
      "audio-client", ["file", path, "--speed", speed, "--output", "jsonl", "--url", proxy.url])
    #expect(client.end == .status(0), "\(client.standardError.text)")
    #expect(proxy.connections == 21, "\(client.standardError.text)")
    let sessions = try sessions(of: client)
    #expect(sessions.count == 1)
    guard let told = sessions.first, let receipt = told.receipt else { throw TestFailure("no receipt") }
    #expect((told.names.count, told.clients.count) == (1, 1))
    #expect(told.isWhole(seconds * 10), "\(told.answered)")
    // What the server has it does not acknowledge again.
    #expect(Set(told.acknowledged).count == told.acknowledged.count)
    #expect((receipt.chunks, receipt.processed, receipt.dropped) == (seconds * 10, seconds * 10, 0))
    #expect(receipt.sha256 == (try await Program.sha256(pcm)))
    #expect(
      client.standardError.text.contains("all \(seconds * 10) chunks answered, though the connection broke 20 times"))
    #expect(client.standardError.text.contains("the server's receipt agrees"))
    proxy.stop()
  }

  @Test func `transcripts and subtitles repeat nothing over a connection that is cut`() async throws {
    let server = try await TestServer()
    let (path, _) = try recording(seconds: 20)
    for kind in ["text", "srt"] {
      let proxy = try RecordingProxy(to: server.port, faults: Array(cuts(every: 40_000).prefix(8)))
      let client = try await Program.run(
        "audio-client", ["file", path, "--speed", "fast", "--output", kind, "--url", proxy.url])
      #expect(client.end == .status(0), "\(client.standardError.text)")
      #expect(proxy.connections == 9)
      if kind == "text" {
        let numbers = client.standardOutput.lines.compactMap { $0.split(separator: "msg#").last?.prefix { $0 != " " } }
        #expect(numbers == (1...200).map { Substring("\($0)") })
      } else {
        let subtitles = try Subtitles(subRip: client.standardOutput.text)
        #expect(subtitles.cues.first?.start == 0)
        #expect(subtitles.cues.last?.end == 20_000)
        #expect((1...200).allSatisfy { subtitles.text.ranges(of: "msg#\($0) ").count == 1 })
      }
      proxy.stop()
    }
  }

  @Test func `a server killed and started anew gets what the first one had not answered`() async throws {
    let server = try await TestServer()
    let (path, pcm) = try recording(seconds: 10)
    let client = try Program("audio-client", ["file", path, "--output", "jsonl", "--url", server.url])
    try await eventually("a second is answered") { client.standardOutput.text.contains("msg#10 ") }
    // What is sent from now on has no answer.
    server.program.signal(SIGSTOP)
    try await Task.sleep(for: .seconds(0.5))
    server.program.signal(SIGKILL)
    try await server.program.ended()
    try await Task.sleep(for: .seconds(1))
    let again = try Program("audio-server", ["--port", "\(server.port)"])
    #expect(try await client.ended() == .status(0), "\(client.standardError.text)")
    let sessions = try sessions(of: client)
    #expect(sessions.count == 2)
    let first = sessions[0].answered.count
    #expect(first >= 10)
    #expect(sessions[0].answered.elementsEqual(1...first))
    #expect(sessions[1].isWhole(100 - first))
    #expect(sessions[1].receipt?.chunks == 100 - first)
    #expect(sessions[1].receipt?.sha256 == (try await Program.sha256(Array(pcm.dropFirst(first * 3200)))))
    #expect(
      client.standardError.text.contains(
        "all 100 chunks answered, though the connection broke once; \(first) of them in earlier sessions"))
    again.signal(SIGTERM)
    try await again.ended()
  }

  @Test func `a server away for good is given up, with what is missing and how far it got, exit 1`() async throws {
    let server = try await TestServer()
    let (path, _) = try recording(seconds: 30)
    let client = try Program(
      "audio-client", ["file", path, "--output", "json", "--retry-for", "2", "--url", server.url])
    try await eventually("some of it is sent") { client.standardError.text.contains(" answered, ") }
    server.program.signal(SIGSTOP)
    try await Task.sleep(for: .seconds(0.5))
    server.program.signal(SIGKILL)
    #expect(try await client.ended() == .status(1))
    let object = try JSONValue.lines(of: client)[0]
    #expect(object["complete"]?.bool == false)
    let answered = object["answered"]?.integer ?? 0
    let missing = object["missing"]?.array?.compactMap(\.integer) ?? []
    #expect(missing.first == answered + 1)
    #expect(missing.count >= 3)
    #expect(object["chunks"]?.integer == answered + missing.count)
    let words = client.standardError.text
    #expect(words.contains("\(answered) of \(answered + missing.count) chunks answered"))
    #expect(words.contains("\(missing.count) without an answer: seq \(answered + 1)–\(answered + missing.count)"))
    #expect(words.contains("no server for 2.0 s, giving up"))
    #expect(words.contains(" of 0:30.0"))
  }

  /// Waits out the client's 20 s; ConversationTests have the decision without them.
  @Test(.enabled(if: LongForm.isWanted, "make test-long"))
  func `a connection that carries nothing any more is left for another`() async throws {
    let server = try await TestServer()
    let proxy = try RecordingProxy(to: server.port, faults: [.stallAfterSent(30_000)])
    let (path, pcm) = try recording(seconds: 3)
    let client = try await Program.run("audio-client", ["file", path, "--output", "jsonl", "--url", proxy.url])
    #expect(client.end == .status(0), "\(client.standardError.text)")
    #expect(client.standardError.text.contains("no answer from the server for 20.0 s"))
    let sessions = try sessions(of: client)
    #expect(sessions.count == 1)
    #expect(sessions[0].isWhole(30))
    #expect(sessions[0].receipt?.sha256 == (try await Program.sha256(pcm)))
    proxy.stop()
  }

  @Test(.enabled(if: SimulatedMicrophone.isAvailable, "\(SimulatedMicrophone.requirement)"))
  func `a microphone's sound is recorded on while the connection is gone, and sent after it`() async throws {
    let microphone = SimulatedMicrophone(sound: .tone(hertz: 300, amplitude: 0.1))
    let configuration = try SimulatedMicrophone.configuration(of: ["default": microphone])
    let server = try await TestServer()
    let proxy = try RecordingProxy(to: server.port, faults: Array(cuts(every: 20_000).prefix(6)))
    let client = try await Program.run(
      "audio-client", ["mic", "--duration", "6", "--output", "jsonl", "--url", proxy.url],
      environment: ["ALSA_CONFIG_PATH": configuration])
    #expect(client.end == .status(0), "\(client.standardError.text)")
    let sessions = try sessions(of: client)
    #expect(sessions.count == 1)
    #expect(sessions[0].isWhole(60))
    #expect(sessions[0].receipt?.duration == 6)
    #expect(client.standardError.text.contains("connection lost"))
    proxy.stop()
  }
}
