import Audio

/// Notices that a microphone delivers nothing but zeros: no room is that silent, but a muted microphone is.
struct SilenceWatch: Equatable {
  private static let limitSeconds = 3.0

  /// Seconds of zeros so far.
  private var seconds = 0.0
  /// It has lasted so long that it is shown.
  private(set) var isOnlySilence = false

  /// The levels of the next `length` seconds.
  /// - Returns: what to report, once each time.
  mutating func take(_ levels: Levels, seconds length: Double) -> String? {
    guard levels.peak == 0 else {
      self = SilenceWatch()
      return nil
    }
    seconds += length
    guard seconds >= Self.limitSeconds, !isOnlySilence else { return nil }
    isOnlySilence = true
    return "only silence: is the microphone muted?"
  }
}
