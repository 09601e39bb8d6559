internal import Audio

/// Where a stream's chunks are measured.
public struct Placement: Equatable, Sendable {
  public enum State: Equatable, Sendable {
    /// No worker: before the first chunk and after the end.
    case unassigned
    /// Its worker is not ready, or the stream's turn to be replayed there has not come. Chunks are kept, none are sent.
    case waiting(slot: Int)
    /// Chunks are sent as they arrive.
    case active(slot: Int)
  }

  public internal(set) var state = State.unassigned
  /// The last chunk that any worker was given.
  public internal(set) var sentSeq = 0
  /// The last chunk that was in flight with a worker that it may have cost its life.
  var suspectSeq = 0
  /// The format that the worker was told; it changes when a WAV header ends in a later chunk than it began.
  var openedFormat: AudioFormat?

  public var slot: Int? {
    switch state {
    case .unassigned: nil
    case .waiting(let slot), .active(let slot): slot
    }
  }

  var activeSlot: Int? { if case .active(let slot) = state { slot } else { nil } }
  public var isWaiting: Bool { if case .waiting = state { true } else { false } }
}
