internal import Audio
internal import EngineSherpa
internal import Recognition
internal import Synchronization

/// A stream that is fed directly to the engine.
final class BareStream {
  private final class Sink: TranscriptSink {
    let began: ContinuousClock.Instant
    let pushed = Mutex<[(update: TranscriptUpdate, at: Double)]>([])
    let skippedPartials = Mutex(0)

    init(began: ContinuousClock.Instant) { self.began = began }

    func push(_ update: TranscriptUpdate?, _ progress: RecognitionProgress) {
      skippedPartials.withLock { $0 = progress.skippedPartials }
      guard let update else { return }
      let seconds = (.now - began) / .seconds(1)
      pushed.withLock { $0.append((update, seconds)) }
    }
  }

  private let plan: StreamPlan
  private let recognizer: any Recognizer
  private let sink: Sink
  private var seq = 0
  private var sentBytes = 0
  private let finished = Answer<Bool>()

  init(_ plan: StreamPlan, _ engine: SpeechEngine, _ number: UInt64, began: ContinuousClock.Instant) {
    self.plan = plan
    sink = Sink(began: began)
    recognizer = engine.recognizer(
      stream: StreamID(gateway: 0, number: number), request: StreamRequest(format: plan.sound.format, engine: "speech"),
      from: Checkpoint(frame: 0), sink: sink)
  }

  var isSent: Bool { sentBytes >= plan.sound.totalBytes }

  /// When the next chunk is due, since the beginning; zero: now.
  var due: Duration { plan.pace == .fast ? .zero : .seconds(plan.due(end: sentBytes + plan.chunkBytes)) }

  func sendChunk() {
    seq += 1
    let format = plan.sound.format
    plan.sound.withChunk(at: sentBytes, plan.chunkBytes) { chunk in
      recognizer.accept(
        AudioChunk(seq: seq, startFrame: sentBytes / format.frameBytes, chunkBytes: chunk.count, bytes: chunk))
      sentBytes += chunk.count
    }
    if recognizer.isBehind { awaitCatchingUp() }
    if isSent { recognizer.finish { [finished] in finished.give(true) } }
  }

  /// Waits until everything is final.
  func ended() -> StreamRecord {
    _ = finished.take()
    var record = StreamRecord(plan)
    for (update, seconds) in sink.pushed.withLock(\.self) { record.add(update, at: seconds - plan.delay) }
    record.skippedPartials = sink.skippedPartials.withLock(\.self)
    return record
  }

  private func awaitCatchingUp() {
    let caughtUp = Answer<Bool>()
    recognizer.whenCaughtUp { caughtUp.give(true) }
    _ = caughtUp.take()
  }
}
