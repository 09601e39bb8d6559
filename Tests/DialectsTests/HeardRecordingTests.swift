import Audio
import Recognition
import Testing
import Web

@testable import Dialects
@testable import Streams

struct HeardRecordingTests {
  private func problem(_ events: StreamEvent...) -> RejectionReason? {
    var heard = HeardRecording()
    for event in events { heard.take(event) }
    return heard.problem
  }

  @Test func `a recording without text is one without speech, unless some of it was not recognized`() {
    #expect(problem(.result(.silence(1))) == nil)
    let poison = RejectionReason.notDecoded("Chunk 2 crashed two workers and was not measured")
    #expect(problem(.result(.silence(1)), .failed(seq: 2, .poison)) == poison)
    #expect(problem(.failed(seq: 2, .poison), .failed(seq: 3, .worker("no memory"))) == poison)
    #expect(problem(.failed(seq: 1, .worker("no memory"))) == .notRecognized("no memory"))
    #expect(problem(.failed(seq: 1, .poison), .update(.final(1, "Yes."))) == nil)
    let missing = StreamNotice.wordsMissing(seconds: 0..<2.5)
    #expect(problem(.notice(missing), .closing(.complete)) == .notRecognized(missing.sentence))
  }

  @Test func `a file of which nothing was recognized is refused in its protocol's form`() {
    let deepgram = DeepgramRequest.rejection(.notRecognized("no memory")).response
    #expect(deepgram.status == 503 && deepgram.headers.contains { $0.name == "retry-after" })
  }
}
