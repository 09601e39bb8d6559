public import Wire

/// The contract's mock: says who sent how much, and is always sure of it.
public final class MockRecognizer: Recognizer {
  private var last = Hypothesis(text: "", final: true, segment: 0)

  public init() {}

  public func accept(_ chunk: ChunkOfSound) -> Hypothesis {
    recall(chunk)
    return last
  }

  public func recall(_ chunk: ChunkOfSound) {
    last = Hypothesis(
      text: "mock transcription for client \(chunk.stream) msg#\(chunk.seq) (binary \(chunk.chunkBytes) bytes)",
      final: true, segment: Int(chunk.seq))
  }

  public func finish(_ done: @escaping @Sendable (Hypothesis) -> Void) { done(last) }
}

public struct MockRecognizerFactory: RecognizerFactory {
  public init() {}
  public func recognizer(stream: UInt64, format: AudioFormat, from: Checkpoint) -> any Recognizer {
    MockRecognizer()
  }
}
