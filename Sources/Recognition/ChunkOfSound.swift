public import Audio

/// A chunk as a recogniser gets it. The bytes are borrowed: copy what is needed after the call.
public struct ChunkOfSound {
  public var stream: UInt64
  public var seq: UInt64
  /// Frames of the stream before this chunk.
  public var startFrame: UInt64
  /// Bytes as they came from the client; `bytes`, whole frames, may be more or fewer.
  public var chunkBytes: Int
  public var format: AudioFormat
  public var bytes: UnsafeRawBufferPointer

  public init(
    stream: UInt64, seq: UInt64, startFrame: UInt64, chunkBytes: Int, format: AudioFormat, bytes: UnsafeRawBufferPointer
  ) {
    self.stream = stream
    self.seq = seq
    self.startFrame = startFrame
    self.chunkBytes = chunkBytes
    self.format = format
    self.bytes = bytes
  }
}
