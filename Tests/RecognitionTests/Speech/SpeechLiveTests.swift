import Audio
import Recognition
import Scoring
import Support
import Testing

/// A stream at the pace at which it is spoken.
@Suite(.enabled(if: SpeechSetup.isThere, SpeechSetup.reason), .serialized)
struct SpeechLiveTests {
  private func live() async throws -> Told {
    let recording = SpeechRecording.beckett
    let (format, bytes) = try recording.sound()
    let stream = SpeechStream(try SpeechSetup.engine(), format)
    try await stream.send(bytes, pause: .milliseconds(100))
    await stream.finish()
    return stream.told
  }

  @Test func `words appear while they are said, and what is final is what is told of the whole`() async throws {
    let told = try await live()
    let (format, bytes) = try SpeechRecording.beckett.sound()
    #expect(told.segments == (try await SpeechStream.told(SpeechSetup.engine(), format, bytes).segments))
    // Every segment is told by its number before it is final, then once as final.
    for segment in told.segments {
      let replies = told.replies.filter { $0.segment == segment.segment && !$0.text.isEmpty }
      #expect(replies.first?.final == false)
      #expect(replies.filter(\.final).map(\.text).first == segment.text)
    }
    // Numbers only grow, and nothing follows a final of the same number; the finish's answer may be the last final again.
    let replies = told.replies.dropLast()
    #expect(zip(replies, replies.dropFirst()).allSatisfy { $0.segment <= $1.segment })
    let finals = replies.filter(\.final).map(\.segment)
    #expect(finals == Array(Set(finals)).sorted())
  }

  @Test func `words are shown when they were just said, though the next are still to come`() async throws {
    let (format, bytes) = try SpeechRecording.twoCities.sound()
    let words = try SpeechRecording.twoCities.wordTimes().prefix(24)
    var shown = 0
    for word in words {
      let stream = SpeechStream(try SpeechSetup.engine(), format)
      let frames = Int((word.end + 0.1) * Double(format.sampleRate))
      // All at once: there is one look, at everything.
      try await stream.send(Array(bytes.prefix(frames * format.frameBytes)), chunkSeconds: 100)
      for _ in 0..<100 where stream.told.replies.last?.text.isEmpty != false {
        try await stream.send([0, 0], pause: .milliseconds(5))
      }
      if ScoredWords.words(in: stream.told.replies.last?.text ?? "").suffix(2).contains(word.word) { shown += 1 }
      await stream.finish()
    }
    // The model needs a bit of the first two; without silence behind a look it is 17.
    #expect(shown >= 20)
  }
}
