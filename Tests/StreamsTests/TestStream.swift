import Audio
import Recognition

@testable import Streams

/// A stream with short words for what happens to it. The session can't be copied, so tests look at it through here.
final class TestStream {
  private var session: StreamSession
  private var budget = MemoryBudget(limitBytes: 1 << 40)

  /// - Parameter isContinuous: as the engine `speech`, or each chunk with one text as `mock`.
  init(isContinuous: Bool = false, number: UInt64 = 7) {
    session = StreamSession(
      id: StreamID(gateway: 1, number: number),
      request: StreamRequest(format: .standard, engine: isContinuous ? "speech" : "mock"), keepsSegments: isContinuous)
  }

  init(_ session: consuming StreamSession) { self.session = session }

  /// A stream on a worker in slot 0 that was sent so many chunks of four bytes.
  static func active(
    chunks: Int, isContinuous: Bool = false, isResumable: Bool = false, keepsChunks: Bool = true
  ) -> TestStream {
    let stream = TestStream(isContinuous: isContinuous)
    if isResumable { _ = stream.start(isResumable: true, keepsChunks: keepsChunks) }
    stream.receive(chunks: chunks)
    _ = stream.session.assigned(slot: 0, isReady: true)
    return stream
  }

  /// Calls any method of the session.
  @discardableResult
  func callAsFunction<Result>(_ body: (inout StreamSession) -> Result) -> Result { body(&session) }

  // MARK: What happens

  @discardableResult
  func receive(_ bytes: [UInt8], now: Double = 0) -> StreamActions {
    bytes.withUnsafeBytes { session.received($0, now: now, unreadBytes: 0, budget: &budget) }
  }

  /// Chunks of two samples each; every byte is the chunk's number.
  func receive(chunks: Int) {
    for _ in 0..<chunks { receive([UInt8](repeating: UInt8(truncatingIfNeeded: totals.chunks + 1), count: 4)) }
  }

  func start(
    _ request: StreamRequest? = nil, isResumable: Bool = false, keepsChunks: Bool = true, settled: Settled = Settled()
  ) -> StreamActions {
    let request = request ?? session.account.request
    return session.start(
      request, keepsSegments: request.engine == "speech", isResumable: isResumable, keepsChunks: keepsChunks,
      settled: settled)
  }

  @discardableResult
  func answer(
    _ seq: Int, at checkpoint: Checkpoint? = nil, skipped: Int = 0, _ updates: TranscriptUpdate...
  ) -> StreamActions {
    let progress = RecognitionProgress(checkpoint: checkpoint, skippedPartials: skipped)
    if progress == RecognitionProgress(), updates.count == 1, let text = FinalText(updates[0]) {
      return session.answered(seq: seq, levels: .loud, text)
    }
    return session.answered(seq: seq, levels: .loud, progress, updates)
  }

  @discardableResult
  func update(at checkpoint: Checkpoint? = nil, _ updates: TranscriptUpdate...) -> StreamActions {
    session.updated(RecognitionProgress(checkpoint: checkpoint), updates)
  }

  func finish(_ seq: Int, skipped: Int = 0, _ updates: TranscriptUpdate...) -> StreamActions {
    session.finished(seq: seq, RecognitionProgress(skippedPartials: skipped), updates)
  }

  /// The worker in slot 0 is lost.
  /// - Parameter trial: the chunk of this stream that was alone with it.
  @discardableResult
  func loseWorker(crashed: Bool = true, trial: Int? = nil, blame: Blame = .likely) -> StreamActions {
    session.workerLost(
      crashed: crashed, trial: trial.map { SlotRecovery.Trial(stream: session.id, seq: $0) }, blame: blame)
  }

  /// What the stream holds, by the budget that is told now.
  func heldBytes(unread: Int = 0) -> Int {
    session.hold(unread, in: &budget)
    return budget.heldBytes
  }

  func leaveBudget() -> Int {
    session.release(from: &budget)
    return budget.heldBytes
  }

  // MARK: What is true then

  var totals: StreamTotals { session.account.totals }
  var inFlight: Int { session.account.inFlightChunks }
  var phase: StreamAccount.Phase { session.account.phase }
  var lifetime: Lifetime { session.lifetime }
  var placement: Placement.State { session.placement.state }
  var suspects: ClosedRange<Int>? { session.suspects }
  var transcript: StreamTranscript { session.transcript }
  var audioBytes: Int { session.audio.bytes }
  func isPaused(for reason: Backpressure.Reason) -> Bool { session.backpressure.contains(reason) }
  var isPaused: Bool { session.backpressure.isPaused }
  var mayMigrate: Bool { session.mayMigrate }
  var mayResumeAnother: Bool { session.mayResumeAnother }
  var isAdded: Bool { totals.chunks == totals.processed + totals.dropped + inFlight }

  func audio(of seq: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    session.audio.withAudio(of: seq) { bytes = Array($0) }
    return bytes
  }

  func check(answered: Int, segment: Int = 0) -> ResumeProblem? {
    do throws(ResumeProblem) {
      try session.check(answered: answered, segment: segment)
      return nil
    } catch {
      return error
    }
  }

  /// Keeps a message about an event.
  func record(_ text: String, _ event: StreamEvent) {
    guard let subject = event.subject else { return }
    Array(text.utf8).withUnsafeBytes { session.record($0, about: subject) }
  }

  /// The messages that a returning client would get again.
  func messages(after answered: Int, segment: Int = 0) -> [String] {
    var messages: [String] = []
    session.repeatMessages(answered: answered, segment: segment) {
      messages.append(String(decoding: $0, as: UTF8.self))
    }
    return messages
  }
}

extension Levels {
  /// Of a chunk of two samples.
  static let loud = Levels(samples: 2, sumOfSquares: 0.5, peak: 0.5, clipped: 1)
}

extension StreamChunk {
  /// A chunk of `receive(chunks:)`.
  static func small(_ seq: Int) -> StreamChunk {
    StreamChunk(seq: seq, startFrame: 2 * (seq - 1), frames: 2, bytes: 4)
  }
}

extension StreamAction {
  static func message(_ seq: Int) -> StreamAction { .send(.small(seq), .message, slot: 0) }
  static func first(_ seq: Int) -> StreamAction { .send(.small(seq), .first, slot: 0) }
  static func replay(_ seq: Int) -> StreamAction { .send(.small(seq), .replay, slot: 0) }
  static func context(_ seq: Int) -> StreamAction { .send(.small(seq), .context, slot: 0) }
  static func refused(_ refusal: MessageRefusal) -> StreamAction { .emit(.refused(refusal)) }

  /// The result of a chunk of `receive(chunks:)`, as it was measured loud.
  static func result(_ seq: Int, _ levels: Levels = .loud) -> StreamAction {
    .emit(.result(ChunkMeasure(.small(seq), .standard, levels)))
  }

  static func settled(_ seq: Int, frames: Int = 0, isOpen: Bool = false) -> StreamAction {
    .emit(.settled(Settled(seq: seq, frames: frames, isOpen: isOpen)))
  }
}

extension TranscriptUpdate {
  static func partial(_ number: Int, _ text: String) -> TranscriptUpdate {
    TranscriptUpdate(segment: .test(number, text), stableWords: 0, isFinal: false)
  }
  static func final(_ number: Int, _ text: String = "said") -> TranscriptUpdate {
    TranscriptUpdate(segment: .test(number, text), stableWords: 1, isFinal: true)
  }
}

extension Segment {
  static func test(_ number: Int, _ text: String) -> Segment {
    Segment(number: number, start: Double(number), end: Double(number) + 0.5, text: text)
  }
}

extension FinalText {
  /// Such an update as it is on the link.
  fileprivate init?(_ update: TranscriptUpdate) {
    guard update.isFinal, update.segment.words.isEmpty, update.segment.language == nil, update.ending == nil else {
      return nil
    }
    self.init(
      segment: update.segment.number, start: update.segment.start, end: update.segment.end, text: update.segment.text,
      words: update.stableWords)
  }
}
