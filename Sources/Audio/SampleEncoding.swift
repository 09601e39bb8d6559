/// How one sample is written as bytes.
///
/// The raw value is the name used in URLs and control messages. Multi-byte encodings are little-endian.
public enum SampleEncoding: String, CaseIterable, Sendable {
  /// Unsigned 8-bit; silence is 128, full scale 128.
  case u8
  /// Signed 16-bit; full scale 2^15.
  case s16le
  /// Signed 24-bit, packed in three bytes; full scale 2^23.
  case s24le
  /// Signed 32-bit; full scale 2^31.
  case s32le
  /// IEEE 754 binary32; full scale 1.0.
  case f32le
  /// G.711 μ-law, decoded to 16-bit linear; full scale 2^15.
  case mulaw
  /// G.711 A-law, decoded to 16-bit linear; full scale 2^15.
  case alaw
  /// Signed 24-bit in the lower three of four bytes; full scale 2^23. Only WAV headers lead to it.
  case s24in32le

  /// Those that can be requested.
  public static let allCases: [SampleEncoding] = [.u8, .s16le, .s24le, .s32le, .f32le, .mulaw, .alaw]

  /// Bytes one sample takes.
  public var sampleBytes: Int {
    switch self {
    case .u8, .mulaw, .alaw: 1
    case .s16le: 2
    case .s24le: 3
    case .s32le, .f32le, .s24in32le: 4
    }
  }

  /// The number the worker link carries for this encoding.
  public var code: UInt8 {
    switch self {
    case .u8: 1
    case .s16le: 2
    case .s24le: 3
    case .s32le: 4
    case .f32le: 5
    case .mulaw: 6
    case .alaw: 7
    case .s24in32le: 8
    }
  }

  /// The encoding with this `code`, or nil.
  public init?(code: UInt8) {
    guard let match = (Self.allCases + [.s24in32le]).first(where: { $0.code == code }) else { return nil }
    self = match
  }
}
