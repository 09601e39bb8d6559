/// What the header of a RIFF/WAVE stream says about the bytes after it.
public struct WaveHeader: Equatable, Sendable {
  /// The longest header (everything before the samples) looked through: studio recorders put pages of metadata there.
  public static let largestBytes = 1 << 20
  /// `RIFF`, a length, `WAVE`.
  public static let beginningBytes = 12

  public var coding: WaveCoding
  /// It is RIFX: every number has its most significant byte first.
  public var isBigEndian: Bool
  /// Offset in bytes of the first sample.
  public var samplesOffset: Int
  /// Bytes of samples as stated; those of RF64 have 64 bits.
  public var statedBytes: Int
  /// Where the contents of `fmt ` are.
  public var codingPlace: Range<Int>

  public init(
    coding: WaveCoding, isBigEndian: Bool = false, samplesOffset: Int, statedBytes: Int, codingPlace: Range<Int>
  ) {
    self.coding = coding
    self.isBigEndian = isBigEndian
    self.samplesOffset = samplesOffset
    self.statedBytes = statedBytes
    self.codingPlace = codingPlace
  }

  /// Bytes of samples, or nil if the writer did not know.
  public var sampleBytes: Int? { Self.isPlaceholder(statedBytes) ? nil : statedBytes }

  /// Lengths that programs write which do not know it yet: 0; about 2^31 (arecord 2^31, sox 0x7FFFF000, others the
  /// largest Int32); about 2^32 (ffmpeg 0xFFFFFFFF, others less their header). All are rounded down to whole frames.
  public static func isPlaceholder(_ length: Int) -> Bool {
    length <= 0 || (0x7FFF_EF00...0x8000_0100).contains(length) || (0xFFFF_EF00...0xFFFF_FFFF).contains(length)
      || length >= 1 << 62
  }
}

/// The beginning of a stream that can't be used: what it is and what would be right.
public struct WaveHeaderError: Error, Equatable, CustomStringConvertible {
  public var message: String
  public var description: String { message }

  public init(message: String) { self.message = message }
}

extension WaveHeader {
  /// The first four bytes of a WAVE file: little-endian, big-endian, and two for more than 4 GiB.
  static let names = ["RIFF", "RIFX", "RF64", "BW64"]

  /// Whether a stream that begins so is RIFF/WAVE: `RIFF`, `RIFX`, `RF64` or `BW64`, four bytes of length, `WAVE`.
  public static func begins(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= beginningBytes && mayBegin(bytes)
  }

  /// Whether a stream that begins so may turn out to be RIFF/WAVE.
  public static func mayBegin(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let name = bytes.prefix(4)
    return names.contains { $0.utf8.starts(with: name) }
      && (bytes.count <= 8 || "WAVE".utf8.starts(with: bytes[8..<min(beginningBytes, bytes.count)]))
  }

  /// Reads the header at the beginning of `bytes`; nil while it is not all there.
  public static func parse(_ bytes: UnsafeRawBufferPointer) throws(WaveHeaderError) -> WaveHeader? {
    var reader = WaveHeaderReader()
    return try reader.take(bytes)
  }

  /// The format of the samples, if it is one that a stream can have.
  public func format() throws(WaveHeaderError) -> AudioFormat {
    guard AudioFormat.channelCounts.contains(coding.channels) else {
      throw WaveHeaderError(
        message: "WAV header: \(coding.channels) channels; allowed are "
          + "\(AudioFormat.channelCounts.lowerBound) to \(AudioFormat.channelCounts.upperBound)")
    }
    guard AudioFormat.sampleRatesHz.contains(coding.sampleRate) else {
      throw WaveHeaderError(
        message: "WAV header: sample rate \(coding.sampleRate) Hz; allowed are "
          + "\(AudioFormat.sampleRatesHz.lowerBound) to \(AudioFormat.sampleRatesHz.upperBound)")
    }
    guard let encoding = coding.samples?.encoding else {
      throw WaveHeaderError(
        message: "WAV header: format \(coding.tag) with \(coding.bits) bits in \(coding.blockBytes) bytes a frame; "
          + "allowed are PCM of 8, 16, 24 or 32 bits, float of 32 bits, mu-law and A-law")
    }
    guard !isBigEndian || encoding.sampleBytes == 1 else {
      throw WaveHeaderError(
        message: "WAV header: expected RIFF with little-endian samples, got RIFX, whose samples are big-endian")
    }
    return AudioFormat(sampleRate: coding.sampleRate, channels: coding.channels, encoding: encoding)
  }
}

extension WaveCoding.Samples {
  /// The encoding with these bytes, if there is one.
  var encoding: SampleEncoding? {
    switch self {
    case .u8: .u8
    case .s16: .s16le
    case .s24: .s24le
    case .s32, .s24in32: .s32le  // 24 bits in four bytes are the upper three, unless their bytes show otherwise
    case .f32: .f32le
    case .mulaw: .mulaw
    case .alaw: .alaw
    case .f64: nil
    }
  }
}
