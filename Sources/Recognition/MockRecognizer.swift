public import Wire

/// The contract's mock: says who sent how much, and is always sure of it.
public final class MockRecognizer: Recognizer {
  private var last = Hypothesis(text: "", final: true, segment: 0)
  /// The same in every text of the stream.
  private let beginning: String

  public init(stream: UInt64) {
    beginning = "mock transcription for client \(stream) msg#"
  }

  public func accept(_ chunk: ChunkOfSound) -> Hypothesis {
    recall(chunk)
    return last
  }

  public func recall(_ chunk: ChunkOfSound) {
    // Appended by hand, not interpolated: one allocation.
    var text = ""
    text.reserveCapacity(Self.longestText)
    text += beginning
    text += String(chunk.seq)
    text += " (binary "
    text += String(chunk.chunkBytes)
    text += " bytes)"
    last = Hypothesis(text: text, final: true, segment: Int(chunk.seq))
  }

  private static let longestText = 112

  public func finish(_ done: @escaping @Sendable (Hypothesis) -> Void) { done(last) }
}

public struct MockRecognizerFactory: RecognizerFactory {
  public init() {}
  public func recognizer(stream: UInt64, format: AudioFormat, from: Checkpoint) -> any Recognizer {
    MockRecognizer(stream: stream)
  }
}
