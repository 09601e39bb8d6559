internal import Glibc

/// Sounds made by formula, and what a formula says of them.
public struct Tone: Sendable {
  public var hertz: Double
  /// Largest absolute sample, full scale 1.
  public var amplitude: Double

  public init(hertz: Double, amplitude: Double) {
    self.hertz = hertz
    self.amplitude = amplitude
  }

  /// Samples of one channel, full scale 1.
  public func samples(rate: Int, count: Int) -> [Double] {
    (0..<count).map { amplitude * sin(2 * .pi * hertz * Double($0) / Double(rate)) }
  }

  /// How much of `samples` is this frequency: the amplitude Goertzel's filter finds.
  public static func amplitude(of hertz: Double, in samples: [Double], rate: Int) -> Double {
    let coefficient = 2 * cos(2 * .pi * hertz / Double(rate))
    var (last, before) = (0.0, 0.0)
    for sample in samples { (last, before) = (sample + coefficient * last - before, last) }
    let power = last * last + before * before - coefficient * last * before
    return 2 * power.squareRoot() / Double(samples.count)
  }

  public static func rms(_ samples: [Double]) -> Double {
    (samples.reduce(0) { $0 + $1 * $1 } / Double(samples.count)).squareRoot()
  }
}

/// A WAV file of 16-bit samples, as bytes.
public enum WaveFile {
  /// `samples` (full scale 1) interleaved; rounded and cut to 16 bits.
  public static func bytes(_ samples: [Double], rate: Int, channels: Int = 1) -> [UInt8] {
    let data = pcm(samples)
    return header(rate: rate, channels: channels, dataBytes: data.count) + data
  }

  public static func pcm(_ samples: [Double]) -> [UInt8] {
    samples.flatMap { sample -> [UInt8] in
      let value = Int16(max(-32_768, min(32_767, (sample * 32_768).rounded())))
      return [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
    }
  }

  /// Everything before the samples.
  public static func header(rate: Int, channels: Int, dataBytes: Int) -> [UInt8] {
    func little(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let format =
      little(1, 2) + little(channels, 2) + little(rate, 4) + little(rate * channels * 2, 4) + little(channels * 2, 2)
      + little(16, 2)
    return Array("RIFF".utf8) + little(36 + dataBytes, 4) + Array("WAVEfmt ".utf8) + little(16, 4) + format
      + Array("data".utf8) + little(dataBytes, 4)
  }
}
