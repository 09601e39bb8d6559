/// A place in a stream from which an engine can begin anew and come to the same words: what it knows there is only this.
public struct Checkpoint: Equatable, Sendable {
  /// Frames of the stream before it: their sound is not needed any more.
  public var frame: UInt64
  /// Segments before it; their texts are final.
  public var segments: Int
  /// Whether an utterance goes on there, which was cut for its length.
  public var isOpen: Bool

  public init(frame: UInt64, segments: Int = 0, isOpen: Bool = false) {
    self.frame = frame
    self.segments = segments
    self.isOpen = isOpen
  }
}
