/// How loud an utterance is, and by how much to raise it for the model, which makes more errors in quiet audio.
enum Loudness {
  /// −26 dBFS, as most recordings have.
  private static let level: Float = 0.05
  /// −40 dBFS. What is louder stays as it is: there the model hears no better, only otherwise.
  private static let quiet: Float = 0.01
  private static let largestPeak: Float = 0.95
  /// 60 dB: what is quieter than that is lost in the noise of 16 bits.
  private static let largest: Float = 1000

  static func rms(_ samples: UnsafeBufferPointer<Float>) -> Float {
    guard !samples.isEmpty else { return 0 }
    return (samples.reduce(0) { $0 + $1 * $1 } / Float(samples.count)).squareRoot()
  }

  /// Whether an utterance at this rate ends amid a sound: its last 80 ms are louder than all of it. If less were
  /// enough, words would be shown later and rewritten less often.
  static func isCutOff(_ samples: UnsafeBufferPointer<Float>, rate: Int) -> Bool {
    let end = UnsafeBufferPointer(rebasing: samples.suffix(rate * 8 / 100))
    return rms(end) > rms(samples)
  }

  /// The factor for an utterance: 1 unless it is quiet, and never so much that it clips.
  static func gain(_ samples: UnsafeBufferPointer<Float>) -> Float {
    let rms = rms(samples)
    guard rms > 0, rms < quiet else { return 1 }
    let peak = samples.reduce(0) { max($0, $1.magnitude) }
    return min(level / rms, largestPeak / peak, largest)
  }

  /// The utterance, raised.
  static func raised(_ samples: UnsafeBufferPointer<Float>) -> [Float] {
    let gain = gain(samples)
    return samples.map { $0 * gain }
  }
}
