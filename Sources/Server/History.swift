import Audio
import Platform
import Recognition
import WorkerLink

/// The chunks of a stream that another worker would have to be given if this one died: those without an answer, and those whose
/// sound the engine still needs; of the last one with an answer, since a finish repeats them, at least the figures.
struct History: ~Copyable {
  struct Chunk {
    var seq: Int
    /// Frames of the stream before it, and in it.
    var startFrame: Int
    var frames: Int
    /// Bytes as they came from the client.
    var chunkBytes: Int
    var isAnswered = false
  }

  private var chunks = Deque<Chunk>()
  /// What is kept of each, whole frames.
  private var sound = SoundRing()
  /// The last chunk that was answered.
  private var answered = 0
  /// The same, when its sound is not kept.
  private(set) var known: (chunk: Chunk, levels: Levels)?

  var soundBytes: Int { sound.count }

  mutating func append(
    seq: Int, placement: StreamLayout.Placement, chunkBytes: Int, odd: UnsafeRawBufferPointer,
    sound: UnsafeRawBufferPointer
  ) {
    chunks.append(
      Chunk(seq: seq, startFrame: placement.startFrame, frames: placement.frames, chunkBytes: chunkBytes))
    self.sound.append(odd, sound)
  }

  /// Chunk `seq` was answered; before `checkpoint` the engine needs nothing, without one it needs nothing that was answered.
  /// - Parameter levels: as they were told; those of silence when it was answered with an error.
  mutating func answered(seq: Int, levels: Levels = Levels(), checkpoint: Checkpoint?) {
    answered = seq
    known = nil
    while let first = chunks.first, isUnneeded(first, answered: seq, checkpoint) {
      if first.seq == seq { known = (first, levels) }
      _ = chunks.popFirst()
      sound.removeFirst()
    }
  }

  private func isUnneeded(_ chunk: Chunk, answered: Int, _ checkpoint: Checkpoint?) -> Bool {
    guard let checkpoint else { return chunk.seq <= answered }
    return chunk.seq < answered
      && (chunk.startFrame + chunk.frames <= Int(checkpoint.frame) || sound.count > StreamLimits.historyBytes)
  }

  /// Gives memory back that a burst had needed.
  mutating func trim() { sound.trim() }

  /// Nobody is to have the sound of chunk `seq` again, only its length.
  mutating func silence(seq: Int) {
    guard let place = chunks.firstIndex(where: { $0.seq == seq }).map({ $0 - chunks.startIndex }) else {
      return
    }
    sound.silence(place..<place + 1)
  }

  /// Nobody is to have the sound again of the chunks that were answered; the frame where it ends, or nil when there is none.
  mutating func silenceAnswered() -> Int? {
    let done = chunks.prefix { $0.seq <= answered }
    sound.silence(0..<done.count)
    return done.last.map { $0.startFrame + $0.frames }
  }

  /// Calls `body` with each chunk kept and its sound, in order.
  func visit(_ body: (Chunk, UnsafeRawBufferPointer) -> Void) {
    var place = chunks.startIndex
    sound.visit { sound in
      var chunk = chunks[place]
      place += 1
      chunk.isAnswered = chunk.seq <= answered
      body(chunk, sound)
    }
  }
}
