/// A chunk of one stream, or a piece of it, as a recognizer gets it. The bytes are borrowed: copy what is needed later.
public struct AudioChunk {
  /// The chunk's number in the stream, from 1.
  public var seq: Int
  /// Sample frames of the stream before `bytes`.
  public var startFrame: Int
  /// Size of the client's message; `bytes` are whole sample frames and may be more or fewer.
  public var chunkBytes: Int
  /// Whether the chunk is complete with these bytes; large chunks come in several pieces.
  public var isLastPiece: Bool
  /// Whether the stream's words may come after those of other streams.
  public var yields: Bool
  public var bytes: UnsafeRawBufferPointer

  public init(
    seq: Int, startFrame: Int, chunkBytes: Int, isLastPiece: Bool = true, yields: Bool = false,
    bytes: UnsafeRawBufferPointer
  ) {
    self.seq = seq
    self.startFrame = startFrame
    self.chunkBytes = chunkBytes
    self.isLastPiece = isLastPiece
    self.yields = yields
    self.bytes = bytes
  }
}
