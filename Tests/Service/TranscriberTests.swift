import Audio
import Contract
import Glibc
import SpeechClient
import Support
import Synchronization
import Testing

/// The library SpeechClient, as a program uses it.
@Suite struct TranscriberTests {
  private final class Count: Sendable {
    private let number = Atomic(0)
    var value: Int { number.load(ordering: .relaxed) }
    @discardableResult func add() -> Int { number.add(1, ordering: .relaxed).newValue }
  }

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// So many seconds of a tone that swells, as a file and as bytes.
  private func recording(seconds: Int) throws -> (path: String, pcm: [UInt8]) {
    let tone = Tone(hertz: 440, amplitude: 0.5).samples(rate: 16_000, count: seconds * 16_000)
    let samples = tone.enumerated().map { $1 * Double($0) / Double(tone.count) }
    return (try folder.file("tone.wav", WaveFile.bytes(samples, rate: 16_000)), WaveFile.pcm(samples))
  }

  private func client(_ url: String, patience: Duration = .seconds(60)) throws -> Transcriber {
    try Transcriber(url, Transcriber.Options(patience: patience))
  }

  /// Each text begins where the one before it ends, but for rounding.
  private func isGapless(_ utterances: [Utterance]) -> Bool {
    zip(utterances, utterances.dropFirst()).allSatisfy { one, next in
      one.end.flatMap { end in next.start.map { abs($0 - end) < 1e-6 } } ?? false
    }
  }

  /// The error that ends a stream.
  private func error(of utterances: Utterances) async -> SpeechError? {
    do throws(SpeechError) {
      for try await _ in utterances {}
      return nil
    } catch {
      return error
    }
  }

  @Test func `a file comes as utterances with their times, and its events as levels, utterances and a receipt`()
    async throws
  {
    let server = try await TestServer()
    let (path, pcm) = try recording(seconds: 5)
    let client = try client(server.url)
    var utterances: [Utterance] = []
    for try await utterance in client.transcribe(.file(path)) { utterances.append(utterance) }
    // The engine mock says something of each chunk.
    #expect(utterances.map(\.number) == Array(1...50))
    #expect(utterances.allSatisfy { $0.text.contains("mock transcription") })
    #expect(isGapless(utterances))

    var (events, levels, receipts) = (0, [ChunkLevels](), [Receipt]())
    for try await event in client.events(of: .file(path)) {
      switch event {
      case .levels(let chunk): levels.append(chunk)
      case .receipt(let receipt): receipts.append(receipt)
      case .utterance: events += 1
      case .partial, .notice: break
      }
    }
    #expect(events == 50)
    #expect(levels.map { ($0.start * 10).rounded() } == (0..<50).map(Double.init))
    #expect(receipts.map(\.bytes) == [pcm.count])
    #expect(receipts.map(\.processed) == [50])
  }

  @Test func `a connection that is cut again and again costs no text, and says none twice`() async throws {
    let server = try await TestServer()
    let (path, pcm) = try recording(seconds: 20)
    let faults = (1...5).map { RecordingProxy.Fault.cutAfterSent($0 * 30_011) }
    let proxy = try RecordingProxy(to: server.port, faults: faults)
    var (utterances, notices, receipt) = ([Utterance](), 0, Receipt?.none)
    for try await event in try client(proxy.url).events(of: .file(path)) {
      switch event {
      case .utterance(let utterance): utterances.append(utterance)
      case .notice: notices += 1
      case .receipt(let whole): receipt = whole
      case .levels, .partial: break
      }
    }
    #expect(utterances.map(\.number) == Array(1...200))
    #expect(isGapless(utterances))
    #expect(notices >= 5)
    #expect(receipt?.bytes == pcm.count)
    proxy.stop()
  }

  @Test func `pieces of a program's own are transcribed to the last byte`() async throws {
    let server = try await TestServer()
    let (_, pcm) = try recording(seconds: 3)
    let (pieces, source) = AsyncStream<[UInt8]>.makeStream()
    for start in stride(from: 0, to: pcm.count, by: 1_237) { source.yield(Array(pcm[start...].prefix(1_237))) }
    source.finish()
    var receipt: Receipt?
    for try await event in try client(server.url).events(of: .pieces(pieces)) {
      if case .receipt(let whole) = event { receipt = whole }
    }
    #expect(receipt?.sha256 == (try await Program.sha256(pcm)))
  }

  @Test func `an error of the pieces comes when what was before it is transcribed`() async throws {
    let server = try await TestServer()
    let (pieces, source) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
    source.yield([UInt8](repeating: 1, count: 3_200))
    source.finish(throwing: TestFailure("unplugged"))
    let utterances = try client(server.url).transcribe(.pieces(pieces))
    var texts = 0
    do throws(SpeechError) {
      for try await _ in utterances { texts += 1 }
      Issue.record("there is no error")
    } catch {
      guard case .source(let cause as TestFailure) = error else { throw error }
      #expect("\(cause)".contains("unplugged"))
    }
    #expect(texts == 1)
  }

  @Test func `a task that is cancelled ends its stream, whose session the server closes`() async throws {
    let server = try await TestServer()
    let (pieces, source) = AsyncStream<[UInt8]>.makeStream()
    let client = try client(server.url)
    let texts = Count()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for try await _ in client.transcribe(.pieces(pieces)) { texts.add() }
      }
      source.yield([UInt8](repeating: 1, count: 32_000))
      try await eventually("texts come") { texts.value == 10 }
      group.cancelAll()
      try await group.waitForAll()
    }
    try await eventually("the session is closed") { try server.figure("clients") == 0 }
  }

  @Test func `a sequence that is let go ends its stream, and no stream leaves a descriptor`() async throws {
    let server = try await TestServer()
    let client = try client(server.url)
    let (path, _) = try recording(seconds: 2)
    func descriptors() throws -> Int {
      Int(try ShellCommand.run("ls /proc/\(getpid())/fd | wc -l").filter(\.isNumber)) ?? 0
    }
    for try await _ in client.transcribe(.file(path)) { break }
    try await eventually("the first stream is closed") { try server.figure("clients") == 0 }
    let before = try descriptors()
    for _ in 0..<20 { for try await _ in client.transcribe(.file(path)) { break } }
    try await eventually("all are closed") { try server.figure("clients") == 0 }
    try await eventually("nothing is left open") { try descriptors() <= before }
  }

  @Test func `who does not read holds the stream, and gets everything later`() async throws {
    let server = try await TestServer()
    let made = Count()
    let total = 2_000
    let pieces = AsyncStream<[UInt8]>(unfolding: {
      made.add() > total ? nil : [UInt8](repeating: 1, count: 3_200)
    })
    let utterances = try client(server.url).transcribe(.pieces(pieces))
    var iterator = utterances.makeAsyncIterator()
    var texts = try await iterator.next() == nil ? 0 : 1
    // As long as it takes the stream to come to rest: two looks with the same number.
    var seen = 0
    while case let now = made.value, now != seen {
      seen = now
      try await Task.sleep(for: .milliseconds(500))
    }
    #expect(seen < 600)
    while try await iterator.next() != nil { texts += 1 }
    #expect(texts == total)
  }

  @Test(.enabled(if: SimulatedMicrophone.isAvailable, "\(SimulatedMicrophone.requirement)"))
  func `a microphone is transcribed until it is stopped, and then to its last word`() async throws {
    let server = try await TestServer()
    let microphone = SimulatedMicrophone(sound: .tone(hertz: 300, amplitude: 0.1))
    let events = try client(server.url).events(of: .microphone(microphone.deviceName))
    var (end, receipt) = (0.0, Receipt?.none)
    for try await event in events {
      switch event {
      case .utterance(let utterance):
        end = utterance.end ?? 0
        if utterance.number == 5 { events.stop() }
      case .receipt(let whole): receipt = whole
      case .levels(let levels): #expect(levels.peak < 0.2)
      case .partial, .notice: break
      }
    }
    #expect(receipt.map { abs($0.duration - end) < 0.001 } == true)
    #expect(receipt?.dropped == 0)
  }

  @Test(.enabled(if: SpeechFiles.areExpected, "\(SpeechFiles.reason)"))
  func `speech comes with partial texts, and with words that have their times`() async throws {
    let server = try await TestServer(["--engine", "speech"])
    let recording = SpeechRecording.austen[1]
    let (format, bytes) = try recording.sound()
    let sound = try folder.file("speech.raw", bytes)
    let client = try Transcriber(server.url, Transcriber.Options(language: "en", wordTimes: true))
    var (utterances, partials) = ([Utterance](), 0)
    for try await event in client.events(of: .file(sound, raw: format, isLive: true)) {
      if case .utterance(let utterance) = event { utterances.append(utterance) }
      if case .partial(let partial) = event, !partial.text.isEmpty { partials += 1 }
    }
    #expect(partials > 0)
    #expect(utterances.contains { $0.text.contains("young man") }, "\(utterances.map(\.text))")
    for utterance in utterances {
      #expect(utterance.words.map(\.word).joined(separator: " ") == utterance.text)
      let (start, end) = try (#require(utterance.start), #require(utterance.end))
      #expect(utterance.words.allSatisfy { $0.start >= start - 0.01 && $0.end <= end + 0.01 && $0.start <= $0.end })
    }
  }

  @Test func `each error says what was wrong`() async throws {
    let server = try await TestServer()
    let (path, _) = try recording(seconds: 1)
    #expect(throws: SpeechError.self) { try Transcriber("ftp://host") }
    #expect(throws: SpeechError.self) { try Transcriber("host", Transcriber.Options(token: "a b")) }

    let nowhere = try client("127.0.0.1:1", patience: .zero)
    guard case .unavailable(let text)? = await error(of: nowhere.transcribe(.file(path))) else {
      throw TestFailure("a server that is not there is there")
    }
    #expect(text.hasPrefix("no server at ws://127.0.0.1:1/api/audio/ws: "))

    let here = try client(server.url)
    guard case .source(let missing)? = await error(of: here.transcribe(.file("/nowhere.wav"))) else {
      throw TestFailure("a file that is not there is there")
    }
    #expect("\(missing)" == "/nowhere.wav: no such file")

    let engine = try Transcriber(server.url, Transcriber.Options(engine: "none"))
    guard case .refused(let reason)? = await error(of: engine.transcribe(.file(path))) else {
      throw TestFailure("an engine that is not there is there")
    }
    #expect(reason.contains("engine"), "\(reason)")

    let (pieces, _) = AsyncStream<[UInt8]>.makeStream()
    let format = AudioFormat(sampleRate: 1, channels: 1, encoding: .s16le)
    guard case .invalid(let wrong)? = await error(of: here.transcribe(.pieces(pieces, format: format))) else {
      throw TestFailure("a rate that cannot be is taken")
    }
    #expect(wrong == "format: expected 8000 to 384000 Hz and 1 to 8 channels, got 1 Hz, 1 ch, s16le")
  }
}
