import Glibc
import Wire
import WorkerLink

/// The chunks of a stream that another worker would have to be given if this one died: those without an answer, the last one with
/// one, since a finish repeats its figures, and those whose sound the engine still needs.
struct History: ~Copyable {
  struct Chunk {
    var seq: Int
    /// Frames of the stream before it, and in it.
    var startFrame: Int
    var frames: Int
    /// Bytes as they came from the client.
    var chunkBytes: Int
    /// Bytes kept: whole frames.
    var soundBytes: Int
    var isAnswered = false
  }

  private var chunks = Fifo<Chunk>()
  private var sound = ByteQueue(capacity: 0, keptBytes: 16 << 10)
  /// The last chunk that was answered.
  private var answered = 0

  var soundBytes: Int { sound.count }

  mutating func append(
    seq: Int, placement: StreamLayout.Placement, chunkBytes: Int, odd: UnsafeRawBufferPointer,
    sound: UnsafeRawBufferPointer
  ) {
    let soundBytes = odd.count + sound.count
    chunks.append(
      Chunk(
        seq: seq, startFrame: placement.startFrame, frames: placement.frames, chunkBytes: chunkBytes,
        soundBytes: soundBytes))
    self.sound.reserve(soundBytes)
    if !odd.isEmpty { self.sound.room.copyMemory(from: odd) }
    if !sound.isEmpty {
      UnsafeMutableRawBufferPointer(rebasing: self.sound.room[odd.count...]).copyMemory(from: sound)
    }
    self.sound.commit(soundBytes)
  }

  /// Chunk `seq` was answered; before `checkpoint` the engine needs nothing, without one it needs nothing that was answered.
  mutating func answered(seq: Int, checkpoint: Checkpoint?) {
    answered = seq
    while let first = chunks.first, first.seq < seq, isUnneeded(first, checkpoint) || sound.count > Limits.historyBytes
    {
      _ = chunks.popFirst()
      sound.consume(first.soundBytes)
    }
    sound.rest()
  }

  private func isUnneeded(_ chunk: Chunk, _ checkpoint: Checkpoint?) -> Bool {
    guard let checkpoint else { return true }
    return chunk.startFrame + chunk.frames <= Int(checkpoint.frame)
  }

  /// Nobody is to have the sound of chunk `seq` again, only its length.
  mutating func silence(seq: Int) {
    var offset = 0
    for chunk in chunks.held {
      if chunk.seq == seq { sound.zero(offset..<offset + chunk.soundBytes) }
      offset += chunk.soundBytes
    }
  }

  /// Nobody is to have the sound again of the chunks that were answered; the frame where it ends, or nil when there is none.
  mutating func silenceAnswered() -> Int? {
    var bytes = 0
    var end: Int?
    for chunk in chunks.held where chunk.seq <= answered {
      bytes += chunk.soundBytes
      end = chunk.startFrame + chunk.frames
    }
    sound.zero(0..<bytes)
    return end
  }

  /// Calls `body` with each chunk kept and its sound, in order.
  func visit(_ body: (Chunk, UnsafeRawBufferPointer) -> Void) {
    var offset = 0
    for var chunk in chunks.held {
      chunk.isAnswered = chunk.seq <= answered
      body(chunk, UnsafeRawBufferPointer(rebasing: sound.bytes[offset..<offset + chunk.soundBytes]))
      offset += chunk.soundBytes
    }
  }
}
