/// Rate, channels and encoding of a PCM stream; channels are interleaved.
public struct AudioFormat: Equatable, Sendable {
  /// Frames per second, in Hz: `Limits.sampleRatesHz`.
  public var sampleRate: Int
  /// Samples per frame: `Limits.channels`.
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
