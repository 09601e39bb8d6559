public import Audio

/// A supported sample format of ALSA; the raw value is ALSA's name for it.
public enum DeviceEncoding: String, CaseIterable, Sendable {
  case u8 = "U8"
  case s16 = "S16_LE"
  /// Packed in three bytes.
  case s24 = "S24_3LE"
  /// The low three of four bytes.
  case s24in32 = "S24_LE"
  case s32 = "S32_LE"
  case f32 = "FLOAT_LE"

  /// Bytes of one sample.
  public var sampleBytes: Int {
    switch self {
    case .u8: 1
    case .s16: 2
    case .s24: 3
    case .s24in32, .s32, .f32: 4
    }
  }

  /// The encoding with the same bytes, or nil: `s24in32` exists only on devices.
  public var wire: SampleEncoding? {
    switch self {
    case .u8: .u8
    case .s16: .s16le
    case .s24: .s24le
    case .s24in32: nil
    case .s32: .s32le
    case .f32: .f32le
    }
  }
}

extension DeviceEncoding {
  /// Decodes whole samples of `bytes` into the beginning of `samples`, which must hold them; answers how many.
  func decode(_ bytes: UnsafeRawBufferPointer, into samples: UnsafeMutableBufferPointer<Float>) -> Int {
    guard let wire else { return SampleDecoder.decodePaddedS24(bytes, into: samples) }
    return SampleDecoder.decode(bytes, as: wire, into: samples)
  }
}

extension DeviceEncoding {
  /// The encoding that needs no conversion, then those that keep the most precision.
  static func preferred(for encoding: SampleEncoding) -> [DeviceEncoding] {
    allCases.filter { $0.wire == encoding } + [.f32, .s32, .s24in32, .s24, .s16, .u8]
  }
}

/// Native format of a device: interleaved frames.
public struct DeviceFormat: Equatable, Sendable, CustomStringConvertible {
  /// In Hz.
  public var sampleRate: Int
  public var channels: Int
  public var encoding: DeviceEncoding

  public init(sampleRate: Int, channels: Int, encoding: DeviceEncoding) {
    self.sampleRate = sampleRate
    self.channels = channels
    self.encoding = encoding
  }

  /// Bytes of one frame.
  public var frameBytes: Int { channels * encoding.sampleBytes }

  public var description: String { "\(sampleRate) Hz, \(channels) ch, \(encoding.rawValue)" }

  /// True if the device's bytes need no conversion to `format`.
  func isExactly(_ format: AudioFormat) -> Bool {
    sampleRate == format.sampleRate && channels == format.channels && encoding.wire == format.encoding
  }
}
