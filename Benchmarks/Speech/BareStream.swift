internal import Audio
internal import Recognition

/// A stream that is fed to the engine itself.
final class BareStream {
  private let plan: StreamPlan
  private let number: UInt64
  private let recognizer: any Recognizer
  private let began: ContinuousClock.Instant
  private var record: StreamRecord
  private var seq: UInt64 = 0
  private var sentBytes = 0
  private let last = Answer<(hypothesis: Hypothesis, at: ContinuousClock.Instant)>()

  init(_ plan: StreamPlan, _ engine: SpeechEngine, _ number: UInt64, began: ContinuousClock.Instant) {
    self.plan = plan
    self.number = number
    self.began = began
    recognizer = engine.recognizer(stream: number, format: plan.sound.format, from: Checkpoint(frame: 0))
    record = StreamRecord(plan)
  }

  var isSent: Bool { sentBytes >= plan.sound.totalBytes }

  /// When the next chunk is, since the beginning; zero: now.
  var due: Duration { plan.pace == .fast ? .zero : .seconds(plan.due(end: sentBytes + plan.chunkBytes)) }

  func sendChunk() {
    seq += 1
    let format = plan.sound.format
    plan.sound.withChunk(at: sentBytes, plan.chunkBytes) { chunk in
      let reply = recognizer.accept(
        ChunkOfSound(
          stream: number, seq: seq, startFrame: UInt64(sentBytes / format.frameBytes), chunkBytes: chunk.count,
          format: format, bytes: chunk))
      sentBytes += chunk.count
      tell(reply)
    }
    if recognizer.isBehind { awaitCatchingUp() }
    if isSent { recognizer.finish { [last] in last.give(($0, .now)) } }
  }

  /// Waits until everything is final.
  func ended() -> StreamRecord {
    let last = last.take()
    tell(last.hypothesis, at: last.at)
    return record
  }

  private func awaitCatchingUp() {
    let caughtUp = Answer<Bool>()
    recognizer.whenCaughtUp { caughtUp.give(true) }
    _ = caughtUp.take()
  }

  private func tell(_ hypothesis: Hypothesis, at now: ContinuousClock.Instant = .now) {
    record.tell(hypothesis, at: (now - began) / .seconds(1) - plan.delay)
  }
}
