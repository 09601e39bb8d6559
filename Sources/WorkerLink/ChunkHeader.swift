internal import Audio
public import Recognition

/// Describes one chunk of an open stream.
public struct ChunkHeader: Equatable, Sendable {
  public var stream: StreamID
  /// In the stream, from 1.
  public var seq: Int
  /// Sample frames of the stream before this chunk.
  public var startFrame: Int
  /// Size of the client's message. The samples sent are whole sample frames and may be more or fewer.
  public var chunkBytes: Int
  /// Whether another worker answered it: it is context for the recognizer and gets no reply.
  public var isAnswered: Bool
  /// Whether the stream's words come after those of others.
  public var yields: Bool
  /// Whether the samples are the client's message as it came.
  public var isMessage: Bool

  public init(
    stream: StreamID, seq: Int, startFrame: Int, chunkBytes: Int, isAnswered: Bool = false, yields: Bool = false,
    isMessage: Bool = false
  ) {
    self.stream = stream
    self.seq = seq
    self.startFrame = startFrame
    self.chunkBytes = chunkBytes
    self.isAnswered = isAnswered
    self.yields = yields
    self.isMessage = isMessage
  }

  /// Samples of the largest chunk: the largest message, and the incomplete sample frame left from the one before.
  static let largestBytes = StreamLayout.largestChunkBytes + AudioFormat.largestFrameBytes
}

/// The part of a chunk's samples that one frame carries.
public struct ChunkPiece {
  /// Bytes of the chunk's samples before these; whole sample frames.
  public var offset: Int
  /// Whether the chunk is complete with these.
  public var isLast: Bool
  /// Whole sample frames, borrowed from the reader's memory, which gets more bytes with its next read, or from shared
  /// memory, which is written again after the next flush.
  public var bytes: UnsafeRawBufferPointer

  public init(offset: Int = 0, isLast: Bool = true, bytes: UnsafeRawBufferPointer) {
    self.offset = offset
    self.isLast = isLast
    self.bytes = bytes
  }

  /// The most one frame carries: a multiple of 10,080 bytes, which is a multiple of every sample frame's size (1 to 8
  /// channels of 1 to 4 bytes), so that pieces can be cut without knowing the format. Under 256 KiB with the fields.
  static let largestBytes = 26 * 10_080
}
