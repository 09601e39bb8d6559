/// The contents of a `fmt ` chunk: how the samples of a WAVE file are stored.
public struct WaveCoding: Equatable, Sendable {
  /// Codings without blocks: each sample is decoded alone.
  public enum Samples: Equatable, Sendable {
    case u8, s16, s24, s32, f32, f64, mulaw, alaw
    /// 24 bits in four bytes. Microsoft puts them into the upper three, ALSA into the lower three.
    case s24in32

    /// Bytes one sample takes.
    public var bytes: Int {
      switch self {
      case .u8, .mulaw, .alaw: 1
      case .s16: 2
      case .s24: 3
      case .s32, .f32, .s24in32: 4
      case .f64: 8
      }
    }
  }

  static let pcm = 1
  static let float = 3
  static let alaw = 6
  static let mulaw = 7
  static let extensible = 0xFFFE
  /// The bytes of the chunk that are read: up to the sub-format of WAVE_FORMAT_EXTENSIBLE.
  static let readBytes = 26
  /// The shortest chunk: that of PCM.
  static let leastBytes = 16

  /// The format tag; of WAVE_FORMAT_EXTENSIBLE the tag of its sub-format.
  public var tag: Int
  public var channels: Int
  /// Frames per second.
  public var sampleRate: Int
  /// Bytes of a frame, or of a block of compressed samples, as stated.
  public var blockBytes: Int
  /// Bits of a sample, as stated.
  public var bits: Int

  public init(tag: Int, channels: Int, sampleRate: Int, blockBytes: Int, bits: Int) {
    self.tag = tag
    self.channels = channels
    self.sampleRate = sampleRate
    self.blockBytes = blockBytes
    self.bits = bits
  }

  /// Reads the beginning of the chunk.
  init(_ fields: some RandomAccessCollection<UInt8>, bigEndian: Bool) {
    func number(_ offset: Int, _ count: Int) -> Int {
      let start = fields.index(fields.startIndex, offsetBy: offset)
      let bytes = fields[start..<fields.index(start, offsetBy: count)]
      return bigEndian ? bytes.reduce(0) { $0 << 8 | Int($1) } : bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    tag = number(0, 2)
    channels = number(2, 2)
    sampleRate = number(4, 4)
    blockBytes = number(12, 2)
    bits = number(14, 2)
    if tag == Self.extensible, fields.count >= Self.readBytes { tag = number(24, 2) }
  }

  /// How the samples are stored, if each is decoded alone.
  ///
  /// The bits decide. Many writers state a wrong block size, so it only tells 24 bits in four bytes from 24 in three.
  public var samples: Samples? {
    let width = channels > 0 && blockBytes % channels == 0 ? blockBytes / channels : 0
    switch (tag, bits) {
    case (Self.pcm, 1...8): return .u8
    case (Self.pcm, 9...16): return .s16
    case (Self.pcm, 17...24): return width == 4 ? .s24in32 : .s24
    case (Self.pcm, 25...32): return .s32
    case (Self.float, 64): return .f64
    case (Self.float, _): return bits == 32 || width == 4 ? .f32 : width == 8 ? .f64 : nil
    case (Self.alaw, _): return .alaw
    case (Self.mulaw, _): return .mulaw
    default: return nil
    }
  }

  /// Whether 24 bits are in the lower three of four bytes, as `arecord -f S24_LE` writes them: then the fourth repeats
  /// the sign. In the upper three, where Microsoft has them, the lowest byte is 0. Nil: silence does not tell.
  public static func isLower(_ bytes: some RandomAccessCollection<UInt8>) -> Bool? {
    var hasSound = false
    var isUpper = true
    var isLower = true
    var rest = bytes[...]
    while rest.count >= 4 {
      let sample = Array(rest.prefix(4))
      rest = rest.dropFirst(4)
      hasSound = hasSound || sample != [0, 0, 0, 0]
      isUpper = isUpper && sample[0] == 0
      isLower = isLower && sample[3] == (sample[2] < 0x80 ? 0 : 0xFF)
    }
    return hasSound ? isLower && !isUpper : nil
  }

  /// Bytes of a frame, if each sample is decoded alone.
  public var frameBytes: Int? { samples.map { $0.bytes * channels } }
}
