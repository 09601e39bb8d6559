internal import Audio
internal import Recognition

/// The audio of a stream that another worker would need: of the chunks without an answer, and of answered ones from the
/// checkpoint on.
public struct AudioHistory: ~Copyable {
  private var chunks = Deque<StreamChunk>()
  /// Whole sample frames of each.
  private var audio = PieceRing()
  /// The last chunk that was answered.
  private var answered = 0
  /// The last chunk that is no longer kept, and the frame where it ended.
  private var dropped = (seq: 0, end: 0)
  private(set) var settled = Settled()

  init() {}

  public var bytes: Int { audio.count }
  /// Where the oldest chunk that is kept begins; nil if none is.
  var startFrame: Int? { chunks.first?.startFrame }

  mutating func append(_ chunk: StreamChunk, carried: UnsafeRawBufferPointer, samples: UnsafeRawBufferPointer) {
    chunks.append(chunk)
    audio.append(carried, samples)
  }

  /// Chunk `seq` was answered. The recognizer needs nothing before `checkpoint`, and nothing that was answered without
  /// one.
  mutating func answered(seq: Int, checkpoint: Checkpoint?) {
    answered = max(answered, seq)
    dropUnneeded(checkpoint)
  }

  mutating func dropUnneeded(_ checkpoint: Checkpoint?) {
    while let first = chunks.first, first.seq <= answered, !isNeeded(first, checkpoint) {
      _ = chunks.popFirst()
      audio.removeFirst()
      dropped = (first.seq, first.startFrame + first.frames)
    }
    // Audio that was dropped for want of memory is settled once the checkpoint has passed it.
    guard let checkpoint else {
      settled = Settled(seq: dropped.seq)
      return
    }
    let frames = Int(checkpoint.frame) - dropped.end
    if frames >= 0 { settled = Settled(seq: dropped.seq, frames: frames, isOpen: checkpoint.isOpen) }
  }

  private func isNeeded(_ chunk: StreamChunk, _ checkpoint: Checkpoint?) -> Bool {
    guard let checkpoint else { return false }
    return chunk.startFrame + chunk.frames > Int(checkpoint.frame) && audio.count <= StreamLimits.audioHistoryBytes
  }

  /// Returns memory that a burst had needed.
  mutating func trim() { audio.trim() }

  /// Replaces the audio of chunk `seq` by zeros.
  mutating func silence(seq: Int) {
    guard let index = chunks.firstIndex(where: { $0.seq == seq }) else {
      return
    }
    audio.silence(index..<index + 1)
  }

  /// Replaces all answered audio by zeros; the frame where it ends, nil if there is none.
  mutating func silenceAnswered() -> Int? {
    let done = chunks.prefix { $0.seq <= answered }
    audio.silence(0..<done.count)
    return done.last.map { $0.startFrame + $0.frames }
  }

  /// The chunks that were answered and are kept for context.
  var context: Slice<Deque<StreamChunk>> { chunks.prefix { $0.seq <= answered } }

  /// The chunks without an answer.
  var unanswered: Slice<Deque<StreamChunk>> { chunks.drop { $0.seq <= answered } }

  /// Calls `body` with the audio of chunk `seq`, which must be kept.
  public func withAudio(of seq: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    guard let first = chunks.first, case let index = seq - first.seq, chunks.indices.contains(index) else {
      preconditionFailure("The audio of a chunk was wanted that is no longer kept.")
    }
    audio.withPiece(index, body)
  }
}
