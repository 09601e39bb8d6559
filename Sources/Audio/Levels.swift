internal import Glibc

/// How loud a run of samples is; what is measured piece by piece adds up to the whole.
///
/// Full scale is 1.0 in every encoding and all channels count together.
public struct Levels: Equatable, Sendable {
  public var samples: Int
  /// Σx², full scale = 1.0.
  public var sumOfSquares: Double
  /// The largest |x|.
  public var peak: Double
  /// Samples at either end of the encoding's scale; see `measure`.
  public var clipped: Int

  public init() { self.init(samples: 0, sumOfSquares: 0, peak: 0, clipped: 0) }

  public init(samples: Int, sumOfSquares: Double, peak: Double, clipped: Int) {
    self.samples = samples
    self.sumOfSquares = sumOfSquares
    self.peak = peak
    self.clipped = clipped
  }

  /// The root of the mean square; 0 when there are no samples.
  @inlinable public var rms: Double { samples == 0 ? 0 : (sumOfSquares / Double(samples)).squareRoot() }

  /// 20·log10(rms); nil for digital silence.
  public var dbfs: Double? {
    let rms = rms
    return rms > 0 ? 20 * log10(rms) : nil
  }

  public mutating func add(_ other: Levels) {
    samples += other.samples
    sumOfSquares += other.sumOfSquares
    peak = max(peak, other.peak)
    clipped += other.clipped
  }
}
