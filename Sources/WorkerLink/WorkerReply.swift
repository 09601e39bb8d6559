public import Audio
public import Recognition

/// A message of a worker to its gateway.
///
/// Every reply is as large as the largest, so those that do not come with each chunk of fast streams are indirect.
public enum WorkerReply: Equatable, Sendable {
  /// The worker is ready. Always the first.
  indirect case hello(WorkerHello)
  /// A chunk was measured; with the updates that are known by now.
  indirect case result(ChunkResult, [TranscriptUpdate])
  /// A chunk was measured, and its text is all there is to say.
  case text(TextResult)
  /// Updates that exist now, with no chunk to answer.
  indirect case updates(StreamID, RecognitionProgress, [TranscriptUpdate])
  /// Everything up to chunk `seq` is decoded; with the last updates.
  indirect case finished(StreamID, seq: Int, RecognitionProgress, [TranscriptUpdate])
  /// Chunk `seq` can't be measured, or the finish after it can't be done.
  case failed(StreamID, seq: Int, RequestKind, reason: String)
  /// True: so much audio waits to be recognized that the client should not be read. False: it may be read again.
  case behind(StreamID, Bool)
  /// A decoding of the stream's audio took so long.
  case decoded(StreamID, DecodingTime)
  /// A copy of a session, of this epoch.
  case image(SessionKey, epoch: UInt64, StatePiece)
  /// A session can't be taken: this worker has no copy of it, or another gateway has it.
  case untaken(SessionKey, isFenced: Bool)
  /// Another gateway has taken the session from this one.
  case fenced(SessionKey)
}

/// What a failure answers.
public enum RequestKind: UInt8, Sendable {
  case chunk = 0
  case finish = 1
}

/// What a worker says of itself.
public struct WorkerHello: Equatable, Sendable {
  /// The versions of the link it supports.
  public var versions: ClosedRange<Int>
  public var pid: Int32
  /// All engines it knows.
  public var engines: [EngineStatus]
  /// What restricts it; empty for a worker that does not say.
  public var sandbox: [SandboxLayer]
  /// Whether it has the memory that its gateway shares.
  public var hasMemory: Bool

  public init(
    versions: ClosedRange<Int> = LinkVersion.supported, pid: Int32, engines: [EngineStatus],
    sandbox: [SandboxLayer] = [], hasMemory: Bool = false
  ) {
    self.versions = versions
    self.pid = pid
    self.engines = engines
    self.sandbox = sandbox
    self.hasMemory = hasMemory
  }
}

/// A result with one update, a text. On the link it is a result as others.
public struct TextResult: Equatable, Sendable {
  public var stream: StreamID
  public var seq: Int
  public var levels: Levels
  public var text: FinalText

  public init(stream: StreamID, seq: Int, levels: Levels, text: FinalText) {
    self.stream = stream
    self.seq = seq
    self.levels = levels
    self.text = text
  }
}

/// What was measured of a chunk.
public struct ChunkResult: Equatable, Sendable {
  public var stream: StreamID
  public var seq: Int
  public var levels: Levels
  public var progress: RecognitionProgress

  public init(stream: StreamID, seq: Int, levels: Levels, progress: RecognitionProgress) {
    self.stream = stream
    self.seq = seq
    self.levels = levels
    self.progress = progress
  }
}
