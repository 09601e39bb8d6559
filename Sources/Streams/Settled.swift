/// How much of a stream no recognizer needs any more, on this server or another: its words, if any, are final.
public struct Settled: Equatable, Sendable {
  /// The last chunk that is settled as a whole.
  public var seq: Int
  /// Sample frames of the next chunk that are settled, too.
  public var frames: Int
  /// Whether an utterance continues there that was cut because of its length.
  public var isOpen: Bool

  public init(seq: Int = 0, frames: Int = 0, isOpen: Bool = false) {
    self.seq = seq
    self.frames = frames
    self.isOpen = isOpen
  }
}
