import Audio
import Recognition
import Testing

@testable import Streams

struct AudioHistoryTests {
  /// A history of chunks of four frames of two bytes each, full of the chunk's number.
  private func history(_ seqs: ClosedRange<Int>, rate: Int = 16_000) -> AudioHistory {
    var history = AudioHistory()
    for seq in seqs {
      [UInt8](repeating: UInt8(seq), count: 8).withUnsafeBytes {
        history.append(
          StreamChunk(seq: seq, startFrame: 4 * (seq - 1), frames: 4, bytes: 8), sampleRate: rate, arrival: Double(seq),
          carried: UnsafeRawBufferPointer(rebasing: $0[..<1]), samples: UnsafeRawBufferPointer(rebasing: $0[1...]))
      }
    }
    return history
  }

  /// The numbers of the chunks kept, those that were answered negative.
  private func kept(_ history: borrowing AudioHistory) -> [Int] {
    history.context.map { -$0.seq } + history.unanswered.map(\.seq)
  }

  private func audio(_ history: borrowing AudioHistory, of seq: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    history.withAudio(of: seq) { bytes = Array($0) }
    return bytes
  }

  @Test func `chunks without an answer are kept`() {
    var history = history(1...5)
    #expect(kept(history) == [1, 2, 3, 4, 5])
    history.answered(seq: 1, checkpoint: nil)
    #expect(kept(history) == [2, 3, 4, 5])
    #expect(audio(history, of: 3) == [UInt8](repeating: 3, count: 8))
    for seq in 2...5 { history.answered(seq: seq, checkpoint: nil) }
    #expect(kept(history) == [])
    let bytes = history.bytes
    #expect(bytes == 0)
  }

  @Test func `when the last answered chunk came is told once`() {
    var history = history(1...3)
    #expect(history.takeAnsweredArrival() == nil)
    history.answered(seq: 2, checkpoint: nil)
    #expect(history.takeAnsweredArrival() == 2)
    #expect(history.takeAnsweredArrival() == nil)
  }

  @Test func `answered chunks are kept from the checkpoint on`() {
    var history = history(1...6)
    for seq in 1...4 { history.answered(seq: seq, checkpoint: Checkpoint(frame: 0)) }
    #expect(kept(history) == [-1, -2, -3, -4, 5, 6])
    history.answered(seq: 5, checkpoint: Checkpoint(frame: 9))
    #expect(kept(history) == [-3, -4, -5, 6])
    history.dropUnneeded(Checkpoint(frame: 12))
    #expect(kept(history) == [-4, -5, 6])
    // Those without an answer are kept in any case.
    history.dropUnneeded(Checkpoint(frame: 1000))
    #expect(kept(history) == [6])
    history.answered(seq: 6, checkpoint: Checkpoint(frame: 1000))
    #expect(kept(history) == [])
  }

  @Test func `a chunk that no worker is to get again keeps its place as silence`() {
    var history = history(1...3)
    history.silence(seq: 2)
    history.silence(seq: 9)
    #expect(audio(history, of: 1) == [UInt8](repeating: 1, count: 8))
    #expect(audio(history, of: 2) == [UInt8](repeating: 0, count: 8))
    #expect(audio(history, of: 3) == [UInt8](repeating: 3, count: 8))
  }

  @Test func `answered audio is silenced up to its end`() {
    var history = history(1...3)
    let none = history.silenceAnswered()
    #expect(none == nil)
    for seq in 1...2 { history.answered(seq: seq, checkpoint: Checkpoint(frame: 0)) }
    let end = history.silenceAnswered()
    #expect(end == 8)
    #expect(audio(history, of: 2) == [UInt8](repeating: 0, count: 8))
    #expect(audio(history, of: 3) == [UInt8](repeating: 3, count: 8))
  }

  @Test func `answered audio is kept for a minute, besides the chunk before it`() {
    let checkpoint = Checkpoint(frame: 0)
    var long = AudioHistory()
    for seq in 1...4 {
      [UInt8](repeating: 0, count: 80).withUnsafeBytes {
        long.append(
          StreamChunk(seq: seq, startFrame: 40 * (seq - 1), frames: 40, bytes: 80), sampleRate: 1, arrival: nil,
          carried: UnsafeRawBufferPointer(rebasing: $0[..<0]), samples: $0)
      }
      long.answered(seq: seq, checkpoint: checkpoint)
    }
    // 40 s each: the last two are 80 s, and the one before them is too old.
    #expect(kept(long) == [-3, -4])
    let cut = long.takeCut(checkpoint)
    #expect(cut?.seq == 2 && cut?.frames == 0..<80)
    #expect(long.takeCut(checkpoint) == nil, "told once")
    #expect(long.missing(from: Checkpoint(frame: 80)) == nil)
  }

  @Test func `what was answered counts as kept for a replacement alone, and can be dropped`() {
    var history = history(1...5)
    for seq in 1...3 { history.answered(seq: seq, checkpoint: Checkpoint(frame: 0)) }
    let (bytes, replay) = (history.bytes, history.replayBytes)
    #expect((bytes, replay) == (5 * (8 + AudioHistory.chunkBytes), 3 * (8 + AudioHistory.chunkBytes)))
    history.dropReplay()
    #expect(kept(history) == [4, 5])
    #expect(history.missing(from: Checkpoint(frame: 4)) == 4..<12)
    let rest = history.replayBytes
    #expect(rest == 0)
    history.answered(seq: 4, checkpoint: Checkpoint(frame: 4))
    #expect(history.takeCut(Checkpoint(frame: 4))?.frames == 4..<12)
    // The recognizer has come past it.
    history.answered(seq: 5, checkpoint: Checkpoint(frame: 12))
    #expect(history.takeCut(Checkpoint(frame: 12)) == nil)
  }
}
