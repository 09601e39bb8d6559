internal import Audio
internal import Recognition
internal import WorkerLink

/// One stream on this worker: from its first chunk here until its `end`.
final class StreamRunner {
  let format: AudioFormat
  let engine: Engine
  /// Of the last chunk: a runner is made for one.
  private(set) var last: ChunkFigures?
  /// Whether the server was told not to read the stream's client for now.
  var isHeld = false
  private let recognizer: any Recognizer

  init(format: AudioFormat, engine: Engine, recognizer: any Recognizer) {
    self.format = format
    self.engine = engine
    self.recognizer = recognizer
  }

  /// Measures and recognises a chunk whose `bytes` are whole frames of `format`; nil for one that was answered already.
  func take(_ header: ChunkHeader, _ bytes: UnsafeRawBufferPointer) -> (ChunkFigures, Hypothesis)? {
    let figures = ChunkFigures(header, format, bytes)
    // Sound before the checkpoint is in texts that are final.
    let skipped =
      last == nil
      ? min(
        bytes.count, Int(header.checkpoint.frame - min(header.checkpoint.frame, header.startFrame)) * format.frameBytes)
      : 0
    last = figures
    let chunk = ChunkOfSound(
      stream: header.stream, seq: header.seq, startFrame: header.startFrame, chunkBytes: header.chunkBytes,
      format: format, bytes: UnsafeRawBufferPointer(rebasing: bytes[skipped...]))
    guard header.isAnswered else { return (figures, recognizer.accept(chunk)) }
    recognizer.recall(chunk)
    return nil
  }

  /// Is told of a chunk that was answered elsewhere and whose sound its engine does not need.
  func recall(_ header: ChunkHeader, frames: Int, levels: Levels) {
    last = ChunkFigures(header, format, frames: frames, levels: levels)
    recognizer.recall(
      ChunkOfSound(
        stream: header.stream, seq: header.seq, startFrame: header.startFrame, chunkBytes: header.chunkBytes,
        format: format, bytes: UnsafeRawBufferPointer(start: nil, count: 0)))
  }

  var isBehind: Bool { recognizer.isBehind }

  func whenCaughtUp(_ done: @escaping @Sendable () -> Void) { recognizer.whenCaughtUp(done) }

  func finish(_ done: @escaping @Sendable (Hypothesis) -> Void) { recognizer.finish(done) }
}
