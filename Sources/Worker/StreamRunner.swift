internal import Recognition
internal import Wire
internal import WorkerLink

/// One stream on this worker: from its first chunk here until its `end`.
final class StreamRunner {
  let format: AudioFormat
  let engine: Engine
  /// Of the last chunk: a runner is made for one.
  private(set) var last: ChunkFigures?
  /// Chunks whose replies wait until the engine has caught up: so a client that sends faster than can be decoded is slowed down
  /// by the limit on what it has in flight, and only it.
  var held: [ChunkFigures] = []
  private let recognizer: any Recognizer

  init(format: AudioFormat, engine: Engine, recognizer: any Recognizer) {
    self.format = format
    self.engine = engine
    self.recognizer = recognizer
  }

  /// Measures and recognises a chunk whose `bytes` are whole frames of `format`; nil instead of words: its reply is to wait.
  func take(_ header: ChunkHeader, _ bytes: UnsafeRawBufferPointer) -> (ChunkFigures, Hypothesis?) {
    let figures = ChunkFigures(header, format, bytes)
    last = figures
    let chunk = ChunkOfSound(
      stream: header.stream, seq: header.seq, startFrame: header.startFrame, chunkBytes: header.chunkBytes,
      format: format, bytes: bytes)
    return (figures, recognizer.accept(chunk))
  }

  func hypothesis() -> Hypothesis { recognizer.hypothesis() }

  func whenCaughtUp(_ done: @escaping @Sendable () -> Void) { recognizer.whenCaughtUp(done) }

  func finish(_ done: @escaping @Sendable (Hypothesis) -> Void) { recognizer.finish(done) }
}
