import Audio
import Recognition
import Synchronization
import Testing

@Suite struct MockRecognizerTests {
  private func chunk(_ seq: UInt64, bytes: Int) -> ChunkOfSound {
    ChunkOfSound(
      stream: 123_456_789, seq: seq, startFrame: 0, chunkBytes: bytes, format: .standard,
      bytes: UnsafeRawBufferPointer(start: nil, count: 0))
  }

  @Test func `the text is the contract's, to the letter`() throws {
    let hypothesis = MockRecognizer(stream: 123_456_789).accept(chunk(1, bytes: 4096))
    #expect(hypothesis.text == "mock transcription for client 123456789 msg#1 (binary 4096 bytes)")
    #expect(hypothesis.final)
    #expect(hypothesis.segment == 1)
    #expect(hypothesis.finished.isEmpty)
  }

  @Test func `numbers of any size are written out`() {
    var large = chunk(.max, bytes: 0)
    large.stream = 9_007_199_254_740_991
    large.seq = 1_000_000
    #expect(
      MockRecognizer(stream: large.stream).accept(large).text
        == "mock transcription for client 9007199254740991 msg#1000000 (binary 0 bytes)")
  }

  @Test func `finishing says the last chunk's again`() {
    let recognizer = MockRecognizerFactory().recognizer(
      stream: 123_456_789, format: .standard, from: Checkpoint(frame: 0))
    _ = recognizer.accept(chunk(1, bytes: 10))
    let last = recognizer.accept(chunk(2, bytes: 20))
    let finished = Mutex<[Hypothesis]>([])
    recognizer.finish { hypothesis in finished.withLock { $0.append(hypothesis) } }
    #expect(finished.withLock { $0 } == [last])
  }
}
