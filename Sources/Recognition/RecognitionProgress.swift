/// How far the recognition of a stream has come.
public struct RecognitionProgress: Equatable, Sendable {
  /// Where another recognizer would have to start; nil for engines that need no earlier audio.
  public var checkpoint: Checkpoint?
  /// Partial results that were due and not made, for lack of time, since the recognizer started.
  public var skippedPartials: Int
  /// Audio that waits to be decoded.
  public var backlogSeconds: Double

  public init(checkpoint: Checkpoint? = nil, skippedPartials: Int = 0, backlogSeconds: Double = 0) {
    self.checkpoint = checkpoint
    self.skippedPartials = skippedPartials
    self.backlogSeconds = backlogSeconds
  }
}
