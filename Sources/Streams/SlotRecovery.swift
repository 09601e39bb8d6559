internal import Audio
public import Recognition

/// Whether a chunk that was in flight with a lost worker may be why it was lost.
public enum Blame: Equatable, Sendable {
  /// It is tried alone.
  case likely
  /// The worker vanished with its machine, or fell silent there: only if others do with the same chunk.
  case unlikely(machine: String)
  /// The worker is well.
  case none
}

/// How the streams of a lost worker are brought to its replacement: first the answered audio, as context for the
/// recognizers; then, one at a time, the chunks that were in flight; then everything else, stream by stream.
///
/// One at a time, so that a chunk that kills a worker again (a poison chunk) is known for certain.
///
/// A stream that has left the slot keeps its turn; the caller skips it.
public struct SlotRecovery {
  private struct Stream {
    var id: StreamID
    /// The chunks that were in flight when the worker was lost.
    var suspects: ClosedRange<Int>?
  }

  /// A chunk that is alone with its worker.
  public struct Trial: Equatable, Sendable {
    public var stream: StreamID
    public var seq: Int
  }

  private var toOpen = Deque<Stream>()
  private var toTry = Deque<Stream>()
  public private(set) var trial: Trial?

  public init() {}

  public var isDone: Bool { toOpen.isEmpty && toTry.isEmpty && trial == nil }

  /// Adds a stream that waits.
  public mutating func add(_ stream: StreamID, suspects: ClosedRange<Int>?) {
    toOpen.append(Stream(id: stream, suspects: suspects))
  }

  public enum Step: Equatable, Sendable {
    /// Open the stream on the worker and send the answered audio its recognizer needs.
    case open(StreamID)
    /// Send this chunk, and nothing more until it is answered.
    case attempt(Trial)
    /// Send everything else; the stream goes on as before.
    case proceed(StreamID)
    /// Wait for the answer to the trial.
    case wait
  }

  /// The next step; nil when all are done.
  public mutating func next() -> Step? {
    guard trial == nil else { return .wait }
    if let stream = toOpen.popFirst() {
      toTry.append(stream)
      return .open(stream.id)
    }
    guard let stream = toTry.first else { return nil }
    guard let suspects = stream.suspects else {
      _ = toTry.popFirst()
      return .proceed(stream.id)
    }
    let trial = Trial(stream: stream.id, seq: suspects.lowerBound)
    toTry.first?.suspects = suspects.count > 1 ? suspects.lowerBound + 1...suspects.upperBound : nil
    self.trial = trial
    return .attempt(trial)
  }

  /// A chunk was answered; true if it was on trial, so that the next step is due.
  public mutating func answered(_ stream: StreamID, seq: Int) -> Bool {
    guard trial == Trial(stream: stream, seq: seq) else { return false }
    trial = nil
    return true
  }
}
