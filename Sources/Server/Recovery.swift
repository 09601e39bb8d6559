import Platform

/// How the streams of a worker that died are brought to the one that took its place: what was answered first, for the engines; then,
/// one at a time, the chunks that the dead one may have died of; then everything else, stream by stream.
///
/// One at a time, so that a chunk that kills again is known for certain.
struct Recovery {
  /// A stream to be brought over.
  private struct Stream {
    var id: UInt64
    /// The chunks that were with the worker when it died.
    var suspects: ClosedRange<Int>?
  }

  /// A chunk on trial.
  struct Trial: Equatable {
    var stream: UInt64
    var seq: Int
  }

  private var toRecall: Deque<Stream> = Deque()
  private var toTry: Deque<Stream> = Deque()
  /// The chunk the worker has; nothing else is with it.
  private(set) var onTrial: Trial?

  var isDone: Bool { toRecall.isEmpty && toTry.isEmpty && onTrial == nil }

  /// A stream that waits; `suspects` are those of its chunks that were with the worker when it died.
  mutating func add(_ stream: UInt64, suspects: ClosedRange<Int>?) {
    toRecall.append(Stream(id: stream, suspects: suspects))
  }

  enum Step: Equatable {
    /// Give the worker what the stream's engine needs of what was answered.
    case recall(UInt64)
    /// Give it this chunk, and nothing more until that is answered.
    case attempt(Trial)
    /// Give it everything else of the stream, which goes on as if nothing had been.
    case resume(UInt64)
    /// Wait for the answer.
    case wait
  }

  /// What is to be done next; nil when all is done.
  mutating func next() -> Step? {
    guard onTrial == nil else { return .wait }
    if let stream = toRecall.popFirst() {
      toTry.append(stream)
      return .recall(stream.id)
    }
    guard let stream = toTry.first else { return nil }
    guard let suspects = stream.suspects else {
      _ = toTry.popFirst()
      return .resume(stream.id)
    }
    let trial = Trial(stream: stream.id, seq: suspects.lowerBound)
    toTry.first?.suspects = suspects.count > 1 ? suspects.lowerBound + 1...suspects.upperBound : nil
    onTrial = trial
    return .attempt(trial)
  }

  /// The worker answered a chunk; whether that was on trial and the next step is due.
  mutating func answered(_ stream: UInt64, seq: Int) -> Bool {
    guard onTrial == Trial(stream: stream, seq: seq) else { return false }
    onTrial = nil
    return true
  }
}
