/// Where the samples lie in a stream of chunks that may split anything: a RIFF header, a frame, a sample.
///
/// States: at the beginning, which may turn out to be a RIFF header; inside that header; inside the samples; after the
/// last sample a RIFF header promised. Only forward, and the middle two may be skipped.
public struct StreamLayout: Sendable {
  /// The largest chunk, and so the largest WebSocket message taken: 2.7 s of the widest format (8 channels of 4 bytes
  /// at 192 kHz is 6 MB/s), over eight minutes of the standard one. A larger one is closed with 1009.
  public static let largestChunkBytes = 16 << 20

  /// The odd bytes of a frame that a chunk ended in, or of what may be a RIFF header, kept for the next one.
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

    /// Removes the first `length` bytes and returns them.
    fileprivate mutating func take(_ length: Int) -> Carry {
      var taken = self
      taken.count = length
      for index in length..<count { bytes[index - length] = bytes[index] }
      count -= length
      return taken
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
    /// Indirect, as few streams have one, and not for long.
    indirect case header(WaveHeaderReader)
    case samples(remaining: Int?)
    case trailer
  }

  /// What the stream was said to be, or what its RIFF header says once that has been read.
  public private(set) var format: AudioFormat
  /// Whole frames so far.
  public private(set) var frames = 0
  private var carry = Carry()
  private var place = Place.beginning
  /// While it is not known which three of four bytes have the 24 bits of a sample.
  private var mayBeLower = false
  /// Whether it is certain that the stream is samples; until then `probe` is what has been looked at.
  private var isProbed = false
  @Boxed private var probe: StreamProbe?

  public init(format: AudioFormat) { self.format = format }

  /// A stream in its samples or after them: everything that matters from there on.
  public struct Saved: Equatable, Sendable {
    public var format: AudioFormat
    public var frames: Int
    /// Of the samples that a header promised; nil without a promise.
    public var remaining: Int?
    /// The odd bytes of a frame.
    public var carried: [UInt8]

    public init(format: AudioFormat, frames: Int, remaining: Int?, carried: [UInt8]) {
      self.format = format
      self.frames = frames
      self.remaining = remaining
      self.carried = carried
    }
  }

  /// Whether the kind of stream is certain.
  public var isCertain: Bool {
    guard isProbed, !mayBeLower else { return false }
    switch place {
    case .beginning, .header: return false
    case .samples, .trailer: return true
    }
  }

  /// Nil while the kind of stream is not certain.
  public var saved: Saved? {
    guard isCertain else { return nil }
    let bytes = carry.withBytes { Array($0) }
    switch place {
    case .beginning, .header: return nil
    case .samples(let remaining):
      return Saved(format: format, frames: frames, remaining: remaining, carried: bytes)
    case .trailer: return Saved(format: format, frames: frames, remaining: 0, carried: bytes)
    }
  }

  /// Goes on where another layout was.
  public init?(_ saved: Saved) {
    guard saved.carried.count < AudioFormat.largestFrameBytes, saved.frames >= 0 else { return nil }
    format = saved.format
    frames = saved.frames
    isProbed = true
    place = saved.remaining == 0 ? .trailer : .samples(remaining: saved.remaining)
    saved.carried.withUnsafeBytes { carry.append($0[...]) }
  }

  /// Seconds of audio so far.
  public var seconds: Double { format.seconds(frames: frames) }

  /// Lays out the next chunk. After an error the stream can't be understood and is to be ended.
  public mutating func take(_ chunk: UnsafeRawBufferPointer) throws(WaveHeaderError) -> Placement {
    switch place {
    case .beginning: return try begin(with: chunk)
    case .header(let reader):
      return try takeHeader(reader, of: chunk)
    case .samples(nil):
      try look(at: chunk)
      return split(0..<chunk.count, of: chunk)
    case .samples(let remaining?):
      return split(take(upTo: remaining, of: 0..<chunk.count), of: chunk)
    case .trailer:
      return split(0..<0, of: chunk)
    }
  }

  /// The first bytes: eleven may be carried until it is clear whether they begin a RIFF header.
  private mutating func begin(with chunk: UnsafeRawBufferPointer) throws(WaveHeaderError) -> Placement {
    var head = carry.withBytes { Array($0) }
    let held = head.count
    head.append(contentsOf: chunk.prefix(WaveHeader.beginningBytes - held))
    let (mayBegin, begins) = head.withUnsafeBytes { (WaveHeader.mayBegin($0), WaveHeader.begins($0)) }
    if begins {
      carry = Carry()
      isProbed = true
      return try takeHeader(WaveHeaderReader(beginning: Array(head[..<held])), of: chunk)
    }
    if mayBegin {
      carry.append(chunk[...])
      return Placement(startFrame: frames, carried: Carry(), samples: 0..<0, frames: 0)
    }
    place = .samples(remaining: nil)
    if held > 0 { try check(head[..<held].withUnsafeBytes { probe($0) }) }
    try look(at: chunk)
    return split(0..<chunk.count, of: chunk)
  }

  @inline(__always)
  private mutating func look(at bytes: UnsafeRawBufferPointer) throws(WaveHeaderError) {
    if !isProbed, !bytes.isEmpty { try check(probe(bytes)) }
  }

  private mutating func probe(_ bytes: UnsafeRawBufferPointer) -> StreamProbe.Finding {
    var probe = probe ?? StreamProbe()
    let finding = probe.take(bytes)
    isProbed = finding != .undecided
    self.probe = isProbed ? nil : probe
    return finding
  }

  /// Refuses a file of a kind that is not read.
  private func check(_ finding: StreamProbe.Finding) throws(WaveHeaderError) {
    guard case .file(let kind) = finding else { return }
    throw WaveHeaderError(
      message: "stream: expected samples or a WAV file, got \(kind.name); convert it first, for example with "
        + "ffmpeg -i FILE -f wav OUTPUT.wav")
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
    format = try header.format()
    mayBeLower = header.coding.samples == .s24in32
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

  /// The first sample that is not silent shows where its 24 bits are: one sample, so that nothing depends on how a
  /// stream is split.
  private mutating func look(at placement: Placement, of chunk: UnsafeRawBufferPointer) {
    let bytes = placement.carried.withBytes { Array($0) } + chunk[placement.samples]
    guard let first = bytes.firstIndex(where: { $0 != 0 }) else { return }
    let start = first / 4 * 4
    mayBeLower = false
    if WaveCoding.isLower(bytes[start..<(start + 4)]) == true { format.encoding = .s24in32le }
  }

  @inline(__always)
  private mutating func split(_ range: Range<Int>, of chunk: UnsafeRawBufferPointer) -> Placement {
    let frameBytes = format.frameBytes
    let whole = (carry.count + range.count) / frameBytes
    // The usual case: whole frames.
    guard carry.count == 0, whole * frameBytes == range.count, !mayBeLower else {
      return splitFrames(range, of: chunk, whole: whole, frameBytes)
    }
    defer { frames += whole }
    return Placement(startFrame: frames, carried: carry, samples: range, frames: whole)
  }

  private mutating func splitFrames(
    _ range: Range<Int>, of chunk: UnsafeRawBufferPointer, whole: Int, _ frameBytes: Int
  ) -> Placement {
    var placement = Placement(startFrame: frames, carried: Carry(), samples: 0..<0, frames: whole)
    guard whole > 0 else {
      carry.append(chunk[range])
      return placement
    }
    placement.carried = carry.take(min(carry.count, whole * frameBytes))
    let end = range.lowerBound + whole * frameBytes - placement.carried.count
    placement.samples = range.lowerBound..<end
    carry.append(chunk[end..<range.upperBound])
    frames += whole
    if mayBeLower { look(at: placement, of: chunk) }
    return placement
  }
}
