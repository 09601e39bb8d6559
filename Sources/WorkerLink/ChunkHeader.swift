public import Audio
public import Recognition

/// Everything a worker must know to measure a chunk and to answer for it: measuring needs no earlier chunk.
public struct ChunkHeader: Equatable, Sendable {
  /// The client's id.
  public var stream: UInt64
  public var seq: UInt64
  /// Frames of the stream before this chunk.
  public var startFrame: UInt64
  /// From where the engine is to have the stream's sound: of meaning in the first chunk of a stream on a worker.
  public var checkpoint: Checkpoint
  /// Whether it was answered already, by a worker that has died: no reply is made.
  public var isAnswered: Bool
  /// Bytes of the chunk as it came from the client: not those of the payload, which is whole frames.
  public var chunkBytes: Int
  public var sampleRate: UInt32
  public var channels: UInt8
  public var encodingCode: UInt8
  public var engineCode: UInt8

  public init(
    stream: UInt64, seq: UInt64, startFrame: UInt64, checkpoint: Checkpoint = Checkpoint(frame: 0),
    isAnswered: Bool = false,
    chunkBytes: Int, format: AudioFormat, engine: Engine
  ) {
    self.stream = stream
    self.seq = seq
    self.startFrame = startFrame
    self.checkpoint = checkpoint
    self.isAnswered = isAnswered
    self.chunkBytes = chunkBytes
    sampleRate = UInt32(format.sampleRate)
    channels = UInt8(format.channels)
    encodingCode = format.encoding.code
    engineCode = engine.code
  }

  /// The format, or nil when a code or a number is none of ours.
  public var format: AudioFormat? {
    guard let encoding = SampleEncoding(code: encodingCode), AudioFormat.channelCounts.contains(Int(channels)),
      AudioFormat.sampleRatesHz.contains(Int(sampleRate))
    else { return nil }
    return AudioFormat(sampleRate: Int(sampleRate), channels: Int(channels), encoding: encoding)
  }

  /// The engine, or nil when the code is none of ours.
  public var engine: Engine? { Engine(code: engineCode) }
}
