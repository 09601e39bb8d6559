import Recognition
import Support
import Testing
import Wire

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
}
