import Audio
import EngineSherpa
import Recognition
import Scoring
import Support
import Testing

@Suite(.enabled(if: SpeechSetup.isThere, SpeechSetup.reason), .serialized)
struct SpeechWishesTests {
  private func updates(
    _ wishes: UtteranceWishes, of recording: SpeechRecording = .austen[0], pause: Duration? = nil
  ) async throws -> [TranscriptUpdate] {
    let (format, bytes) = try recording.sound()
    let stream = SpeechStream(try SpeechSetup.engine(), format, wishes: wishes)
    try await stream.send(bytes, pause: pause)
    return await stream.finish().updates
  }

  @Test func `without partials only finals come, the same as with them`() async throws {
    let finals = try await updates(UtteranceWishes()).filter(\.isFinal)
    #expect(!finals.isEmpty)
    #expect(try await updates(UtteranceWishes(partials: false), pause: .milliseconds(20)) == finals)
  }

  @Test func `an utterance is told of when it begins, when it is over, and with its text`() async throws {
    let updates = try await updates(UtteranceWishes(partials: false, bounds: true))
    let finals = updates.filter(\.isFinal)
    #expect(finals.map(\.segment.number) == Array(1...finals.count))
    for final in finals {
      let own = updates.filter { $0.segment.number == final.segment.number }
      #expect(own.map(\.isFinal).filter { $0 }.count == 1)
      #expect(own.first?.segment.start == final.segment.start)
      #expect(own.first?.segment.text == "" && own.first?.ending == nil)
      #expect(own.allSatisfy { $0.ending == nil || $0.segment.end == final.segment.end })
      #expect(own.contains { !$0.isFinal && $0.ending == final.ending && $0.segment.end == final.segment.end })
    }
    #expect(finals.dropLast().allSatisfy { $0.ending == .silence })
  }

  @Test func `an utterance that is cut by the client says so`() async throws {
    let (format, bytes) = try SpeechRecording.austen[0].sound()
    let stream = SpeechStream(try SpeechSetup.engine(), format, wishes: UtteranceWishes(bounds: true))
    try await stream.send(Array(bytes[..<(2 * format.sampleRate * format.frameBytes)]))
    #expect(await stream.finish().updates.last?.ending == .request)
  }

  @Test func `a stream of silence has no utterance, even if it is finished`() async throws {
    let stream = SpeechStream(try SpeechSetup.engine(), wishes: UtteranceWishes(bounds: true))
    try await stream.send([UInt8](repeating: 0, count: 64_000))
    #expect(await stream.finish().updates == [])
  }

  @Test func `utterances of files are short while there are live streams, and only then`() async throws {
    let engine = try SpeechSetup.engine()
    let (format, bytes) = try SpeechRecording.austen[0].sound()
    func segments() async throws -> [Segment] {
      let file = SpeechStream(engine, format, wishes: UtteranceWishes(partials: false, yieldsLength: true))
      file.yields = true
      try await file.send(bytes)
      return await file.finish().segments
    }
    func longest(_ segments: [Segment]) -> Double { segments.map { $0.end - $0.start }.max() ?? 0 }
    let alone = try await segments()
    #expect(alone == (try await SpeechStream.transcript(engine, format, bytes).segments))
    #expect(longest(alone) > 6)
    var live: SpeechStream? = SpeechStream(engine)
    try await live?.send([UInt8](repeating: 0, count: 3200))
    await live?.finish()
    let beside = try await segments()
    #expect(longest(beside) <= 5 && beside.count > alone.count)
    // Cut where it is quiet: nearly all words are as before.
    let errors = WordErrors(beside.map(\.text).joined(separator: " "), said: SpeechRecording.austen[0].said)
    #expect(errors.rate < 0.15, "\(beside)")
    live = nil
    #expect(try await segments() == alone)
  }

  @Test func `a longer silence makes fewer utterances, a shorter one more`() async throws {
    func count(_ milliseconds: Int?) async throws -> Int {
      try await updates(UtteranceWishes(partials: false, silenceMilliseconds: milliseconds), of: .beckett).count
    }
    let standard = try await count(nil)
    #expect(try await count(500) == standard)
    #expect(try await count(2000) < standard)
    #expect(try await count(100) >= standard)
  }
}
