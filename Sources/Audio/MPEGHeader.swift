/// The four bytes that begin every frame of MPEG audio: layers II and III of MPEG-1, MPEG-2 and MPEG-2.5 (ISO 11172-3,
/// ISO 13818-3). Nobody has files of layer I, and quiet noise looks like their headers: two samples of −1 begin one.
public struct MPEGHeader: Equatable, Sendable {
  public static let bytes = 4

  /// Of MPEG-1; MPEG-2 has half of it, MPEG-2.5 a quarter.
  private static let rates = [44_100, 48_000, 32_000]
  private static let bitrates = [
    [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  ]
  private static let halfRateBitrates = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]

  public let layer: Int
  /// Samples of each channel a second.
  public let sampleRate: Int
  public let isMono: Bool
  /// Bytes of the frame with this header.
  public let frameBytes: Int
  /// Samples of each channel in it.
  public let frames: Int
  /// Where in a frame of layer III the tag with the number of frames may be.
  public let tagOffset: Int

  /// Nil if these are no header. A frame of free bit rate is not recognized: its length is unknown.
  public init?(_ bytes: some RandomAccessCollection<UInt8>) {
    guard bytes.count >= Self.bytes else { return nil }
    let b = Array(bytes.prefix(Self.bytes))
    let version = Int(b[1] >> 3 & 3)
    let layer = 4 - Int(b[1] >> 1 & 3)
    let bitrate = Int(b[2] >> 4)
    let rate = Int(b[2] >> 2 & 3)
    guard b[0] == 0xFF, b[1] & 0xE0 == 0xE0, version != 1, (2...3).contains(layer), (1...14).contains(bitrate), rate < 3
    else {
      return nil
    }
    let isFirst = version == 3
    let kilobits = isFirst ? Self.bitrates[layer - 2][bitrate - 1] : Self.halfRateBitrates[bitrate - 1]
    self.layer = layer
    sampleRate = Self.rates[rate] >> (isFirst ? 0 : version == 2 ? 1 : 2)
    isMono = b[3] >> 6 == 3
    frames = layer == 3 && !isFirst ? 576 : 1152
    frameBytes = frames / 8 * kilobits * 1000 / sampleRate + Int(b[2] >> 1 & 1)
    tagOffset = Self.bytes + (isFirst ? (isMono ? 17 : 32) : (isMono ? 9 : 17))
  }

  /// Whether a frame with this header may follow one with `other`.
  public func continues(_ other: MPEGHeader) -> Bool {
    layer == other.layer && sampleRate == other.sampleRate && isMono == other.isMono
  }
}

/// The bytes that begin every frame of AAC in ADTS (ISO 13818-7).
struct ADTSHeader: Equatable {
  static let bytes = 6

  let frameBytes: Int
  /// The part that does not change from frame to frame.
  private let fixed: [UInt8]

  init?(_ bytes: some RandomAccessCollection<UInt8>) {
    guard bytes.count >= Self.bytes else { return nil }
    let b = Array(bytes.prefix(Self.bytes))
    guard b[0] == 0xFF, b[1] & 0xF6 == 0xF0, b[2] >> 2 & 15 < 13 else { return nil }
    frameBytes = Int(b[3] & 3) << 11 | Int(b[4]) << 3 | Int(b[5] >> 5)
    guard frameBytes > Self.bytes else { return nil }
    fixed = [b[1], b[2], b[3] & 0xF0]
  }

  func continues(_ other: ADTSHeader) -> Bool { fixed == other.fixed }
}
