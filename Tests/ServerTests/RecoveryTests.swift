import Audio
import Recognition
import Testing

@testable import Server

struct RecoveryTests {
  private func answer(_ stream: UInt64, _ seq: Int, _ recovery: inout Recovery, isOnTrial: Bool) {
    let wasOnTrial = recovery.answered(stream, seq: seq)
    #expect(wasOnTrial == isOnTrial)
  }

  private func steps(_ recovery: inout Recovery) -> [Recovery.Step] {
    var steps: [Recovery.Step] = []
    while let step = recovery.next(), step != .wait {
      steps.append(step)
      if case .attempt(let trial) = step { answer(trial.stream, trial.seq, &recovery, isOnTrial: true) }
    }
    return steps
  }

  @Test func `what was answered first, then the suspects one by one, then the streams go on`() {
    var recovery = Recovery()
    recovery.add(1, suspects: 4...5)
    recovery.add(2, suspects: nil)
    #expect(
      steps(&recovery) == [
        .recall(1), .recall(2), .attempt(.init(stream: 1, seq: 4)), .attempt(.init(stream: 1, seq: 5)), .resume(1),
        .resume(2),
      ])
    #expect(recovery.isDone)
  }

  @Test func `nothing goes on before the chunk on trial is answered`() {
    var recovery = Recovery()
    recovery.add(1, suspects: 4...4)
    #expect(recovery.next() == .recall(1))
    #expect(recovery.next() == .attempt(.init(stream: 1, seq: 4)))
    recovery.add(3, suspects: nil)
    #expect(recovery.next() == .wait)
    answer(2, 4, &recovery, isOnTrial: false)
    answer(1, 5, &recovery, isOnTrial: false)
    #expect(!recovery.isDone)
    answer(1, 4, &recovery, isOnTrial: true)
    #expect(steps(&recovery) == [.recall(3), .resume(1), .resume(3)])
    #expect(recovery.isDone)
  }

  @Test func `without streams it is done`() {
    var recovery = Recovery()
    #expect(recovery.next() == nil)
    #expect(recovery.isDone)
  }
}

struct HistoryTests {
  /// A history of chunks of `frames` frames of two bytes, each full of its own number.
  private func history(_ seqs: ClosedRange<Int>, frames: Int = 4) throws -> History {
    var history = History()
    var layout = StreamLayout(format: .standard)
    for seq in seqs {
      let bytes = [UInt8](repeating: UInt8(seq), count: frames * 2)
      try bytes.withUnsafeBytes {
        let placement = try layout.take($0)
        history.append(
          seq: seq, placement: placement, chunkBytes: bytes.count, odd: UnsafeRawBufferPointer(rebasing: $0[..<1]),
          sound: UnsafeRawBufferPointer(rebasing: $0[1...]))
      }
    }
    return history
  }

  private func kept(_ history: borrowing History) -> [Int] {
    var seqs: [Int] = []
    history.visit { chunk, sound in
      #expect(sound.allSatisfy { $0 == UInt8(chunk.seq) } && sound.count == chunk.frames * 2)
      seqs.append(chunk.isAnswered ? -chunk.seq : chunk.seq)
    }
    return seqs
  }

  @Test func `what is unanswered is kept, and of the last that was answered the figures`() throws {
    var history = try history(1...5)
    #expect(kept(history) == [1, 2, 3, 4, 5])
    let levels = Levels(samples: 4, sumOfSquares: 0.5, peak: 0.5, clipped: 1)
    history.answered(seq: 1, levels: levels, checkpoint: nil)
    #expect(kept(history) == [2, 3, 4, 5])
    #expect(history.known?.chunk.seq == 1)
    #expect(history.known?.levels == levels)
    history.answered(seq: 2, checkpoint: nil)
    #expect(kept(history) == [3, 4, 5])
    #expect(history.known?.levels == Levels())
    for seq in 3...5 { history.answered(seq: seq, checkpoint: nil) }
    #expect(kept(history) == [])
    #expect(history.known?.chunk.startFrame == 16)
    let bytes = history.soundBytes
    #expect(bytes == 0)
  }

  @Test func `what an engine still needs is kept, whole chunks of it`() throws {
    var history = try history(1...6)
    for seq in 1...4 { history.answered(seq: seq, checkpoint: Checkpoint(frame: 0)) }
    #expect(kept(history) == [-1, -2, -3, -4, 5, 6])
    history.answered(seq: 5, checkpoint: Checkpoint(frame: 9))
    #expect(kept(history) == [-3, -4, -5, 6])
    history.answered(seq: 6, checkpoint: Checkpoint(frame: 12))
    #expect(kept(history) == [-4, -5, -6])
    history.answered(seq: 6, checkpoint: Checkpoint(frame: 1000))
    #expect(kept(history) == [-6])
    let isKnown = history.known != nil
    #expect(!isKnown)
  }

  @Test func `a chunk that must not be heard again keeps its place as zeros`() throws {
    var history = try history(1...3)
    history.silence(seq: 2)
    var sounds: [[UInt8]] = []
    history.visit { sounds.append(Array($1)) }
    #expect(
      sounds == [[UInt8](repeating: 1, count: 8), [UInt8](repeating: 0, count: 8), [UInt8](repeating: 3, count: 8)])
  }
}

struct ReplyLogTests {
  private func append(_ subject: ReplyLog.Subject, _ text: String, to log: inout ReplyLog) {
    Array(text.utf8).withUnsafeBytes { log.append(subject, $0) }
  }

  private func texts(_ log: borrowing ReplyLog, after answered: Int) -> [String] {
    var texts: [String] = []
    log.visit(after: answered) { texts.append(String(decoding: $0, as: UTF8.self)) }
    return texts
  }

  @Test func `a client gets what it lacks, in order`() {
    var log = ReplyLog()
    for seq in 1...3 { append(.chunk(seq: seq), "\(seq)", to: &log) }
    append(.ending(seq: 3), "end of 3", to: &log)
    append(.chunk(seq: 4), "4", to: &log)
    #expect(texts(log, after: 0) == ["1", "2", "3", "end of 3", "4"])
    #expect(texts(log, after: 2) == ["3", "end of 3", "4"])
    #expect(texts(log, after: 3) == ["end of 3", "4"])
    #expect(texts(log, after: 4) == [])
    let reaches = log.reaches(backTo: 0)
    #expect(reaches)
  }

  @Test func `of too many the oldest go, and that is known`() {
    var log = ReplyLog()
    let text = String(repeating: "x", count: 1000)
    for seq in 1...200 { append(.chunk(seq: seq), text, to: &log) }
    let kept = StreamLimits.resumeReplyBytes / 1000
    let reach = [0, 199 - kept, 200 - kept].map { log.reaches(backTo: $0) }
    #expect(reach == [false, false, true])
    #expect(texts(log, after: 200 - kept).count == kept)
    let bytes = log.bytes
    #expect(bytes == kept * 1000)
  }
}
