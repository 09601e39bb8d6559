/// Rate, channels and encoding of a PCM stream; channels are interleaved.
public struct AudioFormat: Equatable, Sendable {
  /// Telephone audio at the low end, the fastest converters sold at the high end.
  public static let sampleRatesHz = 8_000...384_000
  /// A 7.1 interface; more is several streams.
  public static let channelCounts = 1...8
  /// The longest frame: eight channels of four bytes. What a chunk may leave over is shorter.
  public static let largestFrameBytes = 32

  /// Frames per second, in Hz: one of `sampleRatesHz`.
  public var sampleRate: Int
  /// Samples per frame: one of `channelCounts`.
  public var channels: Int
  public var encoding: SampleEncoding

  public init(sampleRate: Int, channels: Int, encoding: SampleEncoding) {
    self.sampleRate = sampleRate
    self.channels = channels
    self.encoding = encoding
  }

  /// What a stream is when nobody says otherwise: 16 kHz, mono, signed 16-bit.
  public static let standard = AudioFormat(sampleRate: 16_000, channels: 1, encoding: .s16le)

  /// Bytes one frame (a sample of every channel) takes.
  public var frameBytes: Int { channels * encoding.sampleBytes }

  /// Seconds that `frames` frames last.
  public func seconds(frames: Int) -> Double { Double(frames) / Double(sampleRate) }
}
