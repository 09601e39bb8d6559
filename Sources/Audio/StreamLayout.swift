/// Where the samples lie in a stream of chunks that may split anything: a RIFF header, a frame, a sample.
///
/// States: nothing has come; inside a RIFF header; inside the samples; after the last sample a RIFF header promised.
/// Only forward, and the middle two may be skipped.
public struct StreamLayout: Sendable {
  /// The largest chunk, and so the largest WebSocket message taken: 2.7 s of the widest format (8 channels of 4 bytes
  /// at 192 kHz is 6 MB/s), over eight minutes of the standard one. A larger one is closed with 1009.
  public static let largestChunkBytes = 16 << 20

  /// The odd bytes of a frame that a chunk ended in, kept for the next one.
  @frozen public struct Carry: Sendable {
    public private(set) var count = 0
    @usableFromInline var bytes: [32 of UInt8] = .init(repeating: 0)

    /// The bytes, for the time of `body`.
    @inlinable public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
      withUnsafeBytes(of: bytes) { body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    fileprivate mutating func append(_ tail: Slice<UnsafeRawBufferPointer>) {
      precondition(count + tail.count < AudioFormat.largestFrameBytes, "What is carried is shorter than a frame.")
      for byte in tail {
        bytes[count] = byte
        count += 1
      }
    }
  }

  /// How one chunk is to be measured: the carried bytes, then `samples` of the chunk, are whole frames.
  public struct Placement: Sendable {
    /// Frames of the stream before this chunk.
    public var startFrame: Int
    public var carried: Carry
    /// Which bytes of the chunk follow the carried ones.
    public var samples: Range<Int>
    /// Whole frames in the two together.
    public var frames: Int
  }

  private enum Place: Sendable {
    case beginning
    case header(WaveHeaderReader)
    case samples(remaining: Int?)
    case trailer
  }

  /// What the stream was said to be, or what its RIFF header says once that has been read.
  public private(set) var format: AudioFormat
  /// Whole frames so far.
  public private(set) var frames = 0
  private var carry = Carry()
  private var place = Place.beginning

  public init(format: AudioFormat) { self.format = format }

  /// Seconds of audio so far.
  public var seconds: Double { format.seconds(frames: frames) }

  /// Lays out the next chunk. After an error the stream can't be understood and is to be ended.
  public mutating func take(_ chunk: UnsafeRawBufferPointer) throws(WaveHeaderError) -> Placement {
    switch place {
    case .beginning:
      guard WaveHeader.begins(chunk) else {
        place = .samples(remaining: nil)
        return split(0..<chunk.count, of: chunk)
      }
      return try takeHeader(WaveHeaderReader(), of: chunk)
    case .header(let reader):
      return try takeHeader(reader, of: chunk)
    case .samples(nil):
      return split(0..<chunk.count, of: chunk)
    case .samples(let remaining?):
      return split(take(upTo: remaining, of: 0..<chunk.count), of: chunk)
    case .trailer:
      return split(0..<0, of: chunk)
    }
  }

  private mutating func takeHeader(
    _ reader: WaveHeaderReader, of chunk: UnsafeRawBufferPointer
  ) throws(WaveHeaderError) -> Placement {
    var reader = reader
    let before = reader.offset
    guard let header = try reader.take(chunk) else {
      place = .header(reader)
      return split(0..<0, of: chunk)
    }
    format = header.format
    let first = header.samplesOffset - before
    guard let length = header.sampleBytes else {
      place = .samples(remaining: nil)
      return split(first..<chunk.count, of: chunk)
    }
    return split(take(upTo: length, of: first..<chunk.count), of: chunk)
  }

  /// The part of `range` that is samples when only `remaining` bytes of them are left.
  private mutating func take(upTo remaining: Int, of range: Range<Int>) -> Range<Int> {
    let part = range.lowerBound..<min(range.upperBound, range.lowerBound + remaining)
    place = part.count == remaining ? .trailer : .samples(remaining: remaining - part.count)
    return part
  }

  private mutating func split(_ range: Range<Int>, of chunk: UnsafeRawBufferPointer) -> Placement {
    let frameBytes = format.frameBytes
    let whole = (carry.count + range.count) / frameBytes
    var placement = Placement(startFrame: frames, carried: Carry(), samples: 0..<0, frames: whole)
    guard whole > 0 else {
      carry.append(chunk[range])
      return placement
    }
    placement.carried = carry
    let end = range.lowerBound + whole * frameBytes - carry.count
    placement.samples = range.lowerBound..<end
    carry = Carry()
    carry.append(chunk[end..<range.upperBound])
    frames += whole
    return placement
  }
}
