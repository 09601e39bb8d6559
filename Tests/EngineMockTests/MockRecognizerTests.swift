import Audio
import EngineMock
import Recognition
import Synchronization
import Testing

@Suite struct MockRecognizerTests {
  private final class Sink: TranscriptSink {
    private let pushed = Mutex<[TranscriptUpdate]>([])
    var updates: [TranscriptUpdate] { pushed.withLock { $0 } }
    func push(_ update: TranscriptUpdate?, _ progress: RecognitionProgress) {
      #expect(progress == RecognitionProgress())
      if let update { pushed.withLock { $0.append(update) } }
    }
  }

  private let sink = Sink()

  private func recognizer(_ number: UInt64) -> any Recognizer {
    MockRecognizerFactory().recognizer(
      stream: StreamID(gateway: 77, number: number), request: StreamRequest(format: .standard, engine: "mock"),
      from: Checkpoint(frame: 0), sink: sink)
  }

  private func give(
    _ recognizer: any Recognizer, _ seq: Int, startFrame: Int = 0, bytes: Int, chunkBytes: Int, isLastPiece: Bool = true
  ) {
    [UInt8](repeating: 0, count: bytes).withUnsafeBytes {
      recognizer.accept(
        AudioChunk(seq: seq, startFrame: startFrame, chunkBytes: chunkBytes, isLastPiece: isLastPiece, bytes: $0))
    }
  }

  @Test func `the text is the contract's, to the letter`() throws {
    give(recognizer(123_456_789), 3, startFrame: 8000, bytes: 320, chunkBytes: 321)
    let segment = Segment(
      number: 3, start: 0.5, end: 0.51, text: "mock transcription for client 123456789 msg#3 (binary 321 bytes)")
    #expect(sink.updates == [TranscriptUpdate(segment: segment, stableWords: 9, isFinal: true)])
    #expect(segment.text.split(separator: " ").count == 9)
  }

  @Test func `numbers of any size are written out`() {
    give(recognizer(9_007_199_254_740_991), 1_000_000, bytes: 0, chunkBytes: 0)
    #expect(
      sink.updates.map(\.segment.text)
        == ["mock transcription for client 9007199254740991 msg#1000000 (binary 0 bytes)"])
  }

  @Test func `a chunk in pieces has one text, and a recalled one has none`() {
    let recognizer = recognizer(1)
    give(recognizer, 1, bytes: 3200, chunkBytes: 9600, isLastPiece: false)
    give(recognizer, 1, startFrame: 1600, bytes: 3200, chunkBytes: 9600, isLastPiece: false)
    #expect(sink.updates.isEmpty)
    give(recognizer, 1, startFrame: 3200, bytes: 3200, chunkBytes: 9600)
    recognizer.recall(
      AudioChunk(seq: 2, startFrame: 0, chunkBytes: 2, bytes: UnsafeRawBufferPointer(start: nil, count: 0)))
    #expect(sink.updates.map { $0.segment.start } == [0])
    #expect(sink.updates.map { $0.segment.end } == [0.3])
  }

  @Test func `a finish is answered at once and adds nothing`() {
    let isFinished = Mutex(false)
    recognizer(1).finish { isFinished.withLock { $0 = true } }
    let wasFinished = isFinished.withLock { $0 }
    #expect(wasFinished)
    #expect(sink.updates.isEmpty)
  }
}
