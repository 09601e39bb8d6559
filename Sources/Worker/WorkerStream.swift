internal import Audio
internal import Recognition
internal import WorkerLink

/// One stream on this worker, from `open` to `close`.
final class WorkerStream {
  let mailbox: StreamMailbox
  private let format: AudioFormat
  private let recognizer: any Recognizer
  /// Audio before this frame is in texts that are final.
  private let firstFrame: Int
  /// Of the pieces of a chunk that is not complete.
  private var levels = Levels()
  /// Whether the gateway was told not to read the stream's client.
  var isReportedBehind = false
  /// The chunks after which the recognizer still has to finish, in order.
  private(set) var awaitedFinishes: [Int] = []

  init(_ format: AudioFormat, _ recognizer: any Recognizer, _ mailbox: StreamMailbox, from checkpoint: Checkpoint) {
    self.format = format
    self.recognizer = recognizer
    self.mailbox = mailbox
    firstFrame = Int(clamping: checkpoint.frame)
  }

  /// The size of a sample frame.
  var frameBytes: Int { format.frameBytes }

  /// Measures and recognizes a piece of whole sample frames; returns the chunk's levels with its last piece.
  func take(_ header: ChunkHeader, _ piece: ChunkPiece) -> Levels? {
    levels.add(.measure(piece.bytes, encoding: format.encoding))
    recognize(header, piece)
    guard piece.isLast else { return nil }
    defer { levels = Levels() }
    return levels
  }

  private func recognize(_ header: ChunkHeader, _ piece: ChunkPiece) {
    let startFrame = header.startFrame + piece.offset / format.frameBytes
    let skippedBytes = min(piece.bytes.count, max(0, firstFrame - startFrame) * format.frameBytes)
    let chunk = AudioChunk(
      seq: header.seq, startFrame: startFrame + skippedBytes / format.frameBytes, chunkBytes: header.chunkBytes,
      isLastPiece: piece.isLast, yields: header.yields,
      bytes: UnsafeRawBufferPointer(rebasing: piece.bytes[skippedBytes...]))
    mailbox.duringCall {
      if header.isAnswered { recognizer.recall(chunk) } else { recognizer.accept(chunk) }
    }
  }

  var isBehind: Bool { recognizer.isBehind }

  /// Progress of its recognizer, with what waits now.
  func withBacklog(_ progress: RecognitionProgress) -> RecognitionProgress {
    var progress = progress
    progress.backlogSeconds = recognizer.backlogSeconds
    return progress
  }

  func whenCaughtUp(_ done: @escaping @Sendable () -> Void) { recognizer.whenCaughtUp(done) }

  /// Finishes after chunk `seq`; `finished` follows `done`.
  func finish(_ seq: Int, _ done: @escaping @Sendable () -> Void) {
    awaitedFinishes.append(seq)
    recognizer.finish(done)
  }

  /// The recognizer has finished after chunk `seq`.
  func finished(_ seq: Int) {
    guard let index = awaitedFinishes.firstIndex(of: seq) else {
      preconditionFailure("A recognizer finished more often than it was asked to.")
    }
    awaitedFinishes.remove(at: index)
  }
}
