/// One chunk of a stream, without its samples.
public struct StreamChunk: Equatable, Sendable, BitwiseCopyable {
  public var seq: Int
  /// Sample frames of the stream before it.
  public var startFrame: Int
  /// Whole sample frames in it.
  public var frames: Int
  /// Bytes of the client's message.
  public var bytes: Int

  public init(seq: Int, startFrame: Int, frames: Int, bytes: Int) {
    self.seq = seq
    self.startFrame = startFrame
    self.frames = frames
    self.bytes = bytes
  }
}
