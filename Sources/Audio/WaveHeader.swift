/// What the header of a RIFF/WAVE stream says about the bytes after it.
public struct WaveHeader: Equatable, Sendable {
  /// The longest header (everything before the samples) looked through: studio recorders put pages of metadata there.
  public static let largestBytes = 1 << 20

  public var format: AudioFormat
  /// Offset in bytes of the first sample.
  public var samplesOffset: Int
  /// Bytes of samples, or nil when the writer did not know: a recorder that streams leaves 0 or a number too large.
  public var sampleBytes: Int?

  public init(format: AudioFormat, samplesOffset: Int, sampleBytes: Int?) {
    self.format = format
    self.samplesOffset = samplesOffset
    self.sampleBytes = sampleBytes
  }
}

/// A header that can't be used: what it says and what would be right.
public struct WaveHeaderError: Error, Equatable, CustomStringConvertible {
  public var message: String
  public var description: String { message }
}

extension WaveHeader {
  /// Whether a stream that begins so is RIFF/WAVE: `RIFF`, four bytes of length, `WAVE`.
  public static func begins(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= 12 && bytes[0..<4].elementsEqual("RIFF".utf8) && bytes[8..<12].elementsEqual("WAVE".utf8)
  }

  /// Reads the header at the beginning of `bytes`; nil while it is not all there.
  public static func parse(_ bytes: UnsafeRawBufferPointer) throws(WaveHeaderError) -> WaveHeader? {
    var reader = WaveHeaderReader()
    return try reader.take(bytes)
  }

  static func readFormat(_ fields: UnsafeRawBufferPointer) throws(WaveHeaderError) -> AudioFormat {
    func short(_ offset: Int) -> Int { Int(fields.loadUnaligned(fromByteOffset: offset, as: UInt16.self).littleEndian) }
    var tag = short(0)
    let channels = short(2)
    let sampleRate = Int(fields.loadUnaligned(fromByteOffset: 4, as: UInt32.self).littleEndian)
    let bits = short(14)
    // WAVE_FORMAT_EXTENSIBLE: the real tag begins the sub-format GUID.
    if tag == 0xFFFE, fields.count >= 26 { tag = short(24) }
    guard AudioFormat.channelCounts.contains(channels) else {
      throw WaveHeaderError(
        message: "WAV header: \(channels) channels; allowed are "
          + "\(AudioFormat.channelCounts.lowerBound) to \(AudioFormat.channelCounts.upperBound)")
    }
    guard AudioFormat.sampleRatesHz.contains(sampleRate) else {
      throw WaveHeaderError(
        message: "WAV header: sample rate \(sampleRate) Hz; allowed are "
          + "\(AudioFormat.sampleRatesHz.lowerBound) to \(AudioFormat.sampleRatesHz.upperBound)")
    }
    let containerBytes = short(12) / channels
    guard let encoding = encoding(tag: tag, bits: bits, containerBytes: containerBytes),
      encoding.sampleBytes * channels == short(12)
    else {
      throw WaveHeaderError(
        message: "WAV header: format \(tag) with \(bits) bits in \(short(12)) bytes a frame; "
          + "allowed are PCM of 8, 16, 24 or 32 bits, float of 32 bits, mu-law and A-law")
    }
    return AudioFormat(sampleRate: sampleRate, channels: channels, encoding: encoding)
  }

  private static func encoding(tag: Int, bits: Int, containerBytes: Int) -> SampleEncoding? {
    switch (tag, bits, containerBytes) {
    case (1, 1...8, 1): .u8
    case (1, 9...16, 2): .s16le
    case (1, 17...24, 3): .s24le
    case (1, 17...32, 4): .s32le  // 20 and 24 bits in four bytes are left-justified
    case (3, 32, 4): .f32le
    case (6, 8, 1): .alaw
    case (7, 8, 1): .mulaw
    default: nil
    }
  }
}
