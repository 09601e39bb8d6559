/// Turns the audio of one stream into words. Its updates go to the sink it was made with, from any thread, at any time.
///
/// Called on the worker's loop thread, which serves all streams: no call may wait for decoding. An engine that needs
/// time decodes on a thread of its own.
public protocol Recognizer: AnyObject {
  /// Takes the next chunk, or the next piece of it.
  func accept(_ chunk: AudioChunk)

  /// Takes audio that was answered on another worker. It is context: an engine with one text a chunk makes no update.
  func recall(_ chunk: AudioChunk)

  /// How much audio waits to be decoded.
  var backlogSeconds: Double { get }

  /// Whether so much of it waits that the client should not be read until `whenCaughtUp`.
  var isBehind: Bool { get }

  /// Calls `done` once, from any thread, when it is no longer behind or the stream is over.
  func whenCaughtUp(_ done: @escaping @Sendable () -> Void)

  /// Decodes everything accepted so far, makes it final, and then calls `done` once, from any thread. More chunks may
  /// follow.
  func finish(_ done: @escaping @Sendable () -> Void)
}

extension Recognizer {
  // Engines that answer at once are never behind.
  public var backlogSeconds: Double { 0 }
  public var isBehind: Bool { false }
  public func whenCaughtUp(_ done: @escaping @Sendable () -> Void) { done() }
}

/// Where a recognizer puts its results.
public protocol TranscriptSink: AnyObject, Sendable {
  /// Takes an update and the progress after it. They belong together: the updates of all segments before the checkpoint
  /// have been pushed. Without an update, only the progress has changed.
  func push(_ update: TranscriptUpdate?, _ progress: RecognitionProgress)

  /// The same with a text, and no progress.
  func push(_ text: FinalText)

  /// Takes how long a decoding took, for reports; before the update that it led to.
  func decoded(_ time: DecodingTime)
}

extension TranscriptSink {
  public func push(_ text: FinalText) { push(text.update, RecognitionProgress()) }
  public func decoded(_ time: DecodingTime) {}
}

/// An engine that was loaded. It serves any number of streams.
public protocol RecognizerFactory {
  /// See `EngineStatus.isContinuous`.
  var isContinuous: Bool { get }

  /// Its models; empty if it needs none.
  var models: [EngineModel] { get }

  /// Why it cannot recognize such a stream; nil if it can.
  func problem(_ request: StreamRequest) -> String?

  /// A recognizer for a stream without a `problem`; it is released when the stream ends. Its audio begins at the
  /// checkpoint. An engine
  /// that needs earlier audio pushes its first progress, with that checkpoint, before this returns.
  func recognizer(
    stream: StreamID, request: StreamRequest, from: Checkpoint, sink: any TranscriptSink
  ) -> any Recognizer
}

extension RecognizerFactory {
  public var models: [EngineModel] { [] }
  public func problem(_ request: StreamRequest) -> String? { nil }
}
