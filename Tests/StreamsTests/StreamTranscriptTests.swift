import Recognition
import Testing

@testable import Streams

struct StreamTranscriptTests {
  @Test func `segments are kept in order, and each final is taken once`() {
    var transcript = StreamTranscript(keepsSegments: true)
    let taken = [
      TranscriptUpdate.partial(1, "a"), .final(1, "a b"), .final(1, "a b"), .partial(1, "late"), .final(3, ""),
      .final(2, "late"), .final(4, "c"),
    ].map { transcript.take($0) }
    #expect(taken == [true, true, false, false, true, false, true])
    #expect(transcript.segments == [.test(1, "a b"), .test(4, "c")])
    #expect(transcript.lastFinal == 4)
  }

  @Test func `of an engine without segments none are kept`() {
    var transcript = StreamTranscript(keepsSegments: false)
    let taken = transcript.take(.final(1))
    #expect(taken)
    #expect(transcript.segments.isEmpty)
    #expect(transcript.lastFinal == 1)
  }

  @Test func `no more text is kept than the limit`() {
    var transcript = StreamTranscript(keepsSegments: true)
    let text = String(repeating: "x", count: 1000)
    for number in 1...5000 { _ = transcript.take(.final(number, text)) }
    #expect(transcript.segments.count == StreamLimits.segmentBytes / 1000)
    #expect(transcript.lastFinal == 5000)
  }

  @Test func `the checkpoint does not go back to where a later recognizer has begun`() {
    var transcript = StreamTranscript(keepsSegments: true)
    transcript.progressed(RecognitionProgress(checkpoint: Checkpoint(frame: 9, segments: 2)))
    transcript.progressed(RecognitionProgress(checkpoint: Checkpoint(frame: 5, segments: 1)))
    #expect(transcript.checkpoint == Checkpoint(frame: 9, segments: 2))
  }

  @Test func `the checkpoint stays where it was while none is reported`() {
    var transcript = StreamTranscript(keepsSegments: true)
    transcript.progressed(RecognitionProgress(checkpoint: Checkpoint(frame: 5), skippedPartials: 3))
    transcript.progressed(RecognitionProgress(checkpoint: nil, skippedPartials: 4))
    #expect(transcript.checkpoint == Checkpoint(frame: 5))
    transcript.workerLost()
    transcript.progressed(RecognitionProgress(checkpoint: nil, skippedPartials: 2))
    #expect(transcript.skippedPartials == 6)
  }

  @Test func `a replacement learns the language of the final texts`() {
    let stream = TestStream.active(chunks: 1)
    for (number, language) in [(1, "ru"), (2, "ru"), (3, nil)] as [(Int, String?)] {
      let start = Double(number)
      let segment = Segment(number: number, start: start, end: start + 0.5, text: "да", language: language)
      let update = TranscriptUpdate(segment: segment, stableWords: 1, isFinal: true)
      stream { _ = $0.updated(RecognitionProgress(), [update]) }
    }
    let expected = LanguageFinder(language: "ru", newest: .init(language: "ru", end: 2.5))
    #expect(stream { $0.openingCheckpoint.languages } == expected)
  }
}
