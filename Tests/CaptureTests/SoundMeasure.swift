internal import Glibc

/// What a sound is, by formulas that share nothing with the code under test.
enum SoundMeasure {
  static func sine(_ hertz: Double, amplitude: Double, rate: Int, frames: Int, channels: Int = 1) -> [Double] {
    (0..<(frames * channels)).map { amplitude * sin(2 * .pi * hertz * Double($0 / channels) / Double(rate)) }
  }

  static func rms(_ samples: [Double]) -> Double {
    sqrt(samples.reduce(0) { $0 + $1 * $1 } / Double(max(samples.count, 1)))
  }

  /// The frequency, from where the samples cross zero upwards, each crossing interpolated.
  static func hertz(_ samples: [Double], rate: Int) -> Double {
    var first: Double?
    var last = 0.0
    var count = -1
    for index in samples.indices.dropFirst() where samples[index - 1] < 0 && samples[index] >= 0 {
      let part = -samples[index - 1] / (samples[index] - samples[index - 1])
      last = Double(index - 1) + part
      first = first ?? last
      count += 1
    }
    guard let first, count > 0 else { return 0 }
    return Double(count) * Double(rate) / (last - first)
  }

  /// Samples of s16le bytes, full scale 1.
  static func s16(_ bytes: [UInt8]) -> [Double] {
    stride(from: 0, to: bytes.count - 1, by: 2).map {
      Double(Int16(truncatingIfNeeded: Int(bytes[$0]) | Int(bytes[$0 + 1]) << 8)) / 32768
    }
  }
}
