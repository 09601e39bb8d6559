internal import Audio
internal import JSON
public import Recognition

/// The contract's mock engine: each chunk's text says which client sent how many bytes, and is final at once.
public final class MockRecognizer: Recognizer {
  private let sink: any TranscriptSink
  private let format: AudioFormat
  /// The beginning of every text of the stream.
  private let prefix: [UInt8]
  /// The first sample frame of a chunk whose last piece has not arrived.
  private var chunkStart: Int?

  public init(stream: StreamID, request: StreamRequest, sink: any TranscriptSink) {
    self.sink = sink
    format = request.format
    prefix = Array("mock transcription for client \(stream.number) msg#".utf8)
  }

  public func accept(_ chunk: AudioChunk) {
    let start = chunkStart ?? chunk.startFrame
    chunkStart = chunk.isLastPiece ? nil : start
    guard chunk.isLastPiece else { return }
    let end = chunk.startFrame + chunk.bytes.count / format.frameBytes
    sink.push(
      FinalText(
        segment: chunk.seq, start: format.seconds(frames: start), end: format.seconds(frames: end), text: text(chunk),
        words: Self.words))
  }

  public func recall(_ chunk: AudioChunk) {}

  public func finish(_ done: @escaping @Sendable () -> Void) { done() }

  /// Written in one piece: interpolation took a tenth of the worker's time.
  private func text(_ chunk: AudioChunk) -> String {
    String(unsafeUninitializedCapacity: prefix.count + Self.suffixBytes) { memory in
      guard let start = memory.baseAddress else { return 0 }
      var cursor = TextCursor(start)
      prefix.withUnsafeBufferPointer { cursor.put($0) }
      cursor.put(chunk.seq)
      cursor.put(" (binary ")
      cursor.put(chunk.chunkBytes)
      cursor.put(" bytes)")
      return cursor.place - start
    }
  }

  /// Two numbers and the 16 bytes around them.
  private static let suffixBytes = 16 + 2 * TextCursor.integerBytes
  /// Words in every text.
  private static let words = 9
}

public struct MockRecognizerFactory: RecognizerFactory {
  public init() {}

  public var isContinuous: Bool { false }

  public func recognizer(
    stream: StreamID, request: StreamRequest, from: Checkpoint, sink: any TranscriptSink
  ) -> any Recognizer {
    MockRecognizer(stream: stream, request: request, sink: sink)
  }
}
