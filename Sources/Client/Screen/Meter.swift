import Audio
import Glibc
import Platform

/// A level meter: root mean square of about the last 100 ms, peak hold, and a mark for clipping.
struct Meter: Equatable {
  /// Time constant of the mean square in seconds: fast enough to follow syllables, slow enough to read.
  private static let integration = 0.1
  private static let peakHold = Duration.seconds(1.5)
  /// How fast the held peak falls afterwards, in decibels.
  private static let peakFallPerSecond = 20.0
  private static let clipHold = Duration.seconds(3)
  /// Without audio for this long there is nothing to show.
  private static let staleAfter = Duration.seconds(0.5)

  private var meanSquare = 0.0
  private var peak = 0.0
  private var peakAt = Duration.zero
  private var clippedAt: Duration?
  private var takenAt: Duration?
  /// Samples at either end of the scale since the beginning.
  private(set) var clippedSamples = 0

  init() {}

  /// The levels of the next `seconds` of audio, received at `now`.
  mutating func take(_ levels: Levels, seconds: Double, at now: Duration) {
    guard levels.samples > 0, seconds > 0 else { return }
    let kept = exp(-seconds / Self.integration)
    meanSquare = meanSquare * kept + levels.sumOfSquares / Double(levels.samples) * (1 - kept)
    if levels.peak >= heldPeak(at: now) {
      peak = levels.peak
      peakAt = now
    }
    if levels.clipped > 0 {
      clippedAt = now
      clippedSamples += levels.clipped
    }
    takenAt = now
  }

  private func heldPeak(at now: Duration) -> Double {
    let falling = (now - peakAt - Self.peakHold).inSeconds
    return falling <= 0 ? peak : peak * pow(10, -falling * Self.peakFallPerSecond / 20)
  }

  /// The display at one moment, in decibels relative to full scale. Nil below -99.9, or without audio.
  struct Reading: Equatable {
    var level: Double?
    var peak: Double?
    var isClipping = false
  }

  func reading(at now: Duration) -> Reading {
    guard let takenAt, now - takenAt < Self.staleAfter else { return Reading() }
    func decibels(_ amplitude: Double) -> Double? { amplitude > 1.0116e-5 ? 20 * log10(amplitude) : nil }
    return Reading(
      level: decibels(meanSquare.squareRoot()), peak: decibels(heldPeak(at: now)),
      isClipping: clippedAt.map { now - $0 < Self.clipHold } ?? false)
  }
}
