import Audio
import EngineSherpa
import Recognition
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
