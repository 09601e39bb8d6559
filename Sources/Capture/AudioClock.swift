internal import Platform

/// Compares the audio received with the time elapsed, to detect lost audio.
///
/// The *lag* is time elapsed minus audio received: latency, plus everything ever lost, plus the drift between two
/// clocks. Its minimum over half a second is unaffected by late threads and bursts; when it steps up, audio is missing.
struct AudioClock: Equatable {
  static let window: Duration = .milliseconds(500)
  /// Readings a window needs: one late reading after a long sleep proves nothing.
  static let readings = 5
  /// A step of this many seconds is a gap. Two fragments of a sound server, 20–25 ms each, may arrive late without
  /// loss.
  static let step = 0.05
  /// Fraction by which two clocks may differ. Crystals: 0.0001. Losses shorter than a step add up until they exceed
  /// this.
  static let drift = 0.001

  private let rate: Double
  private var start: Duration?
  private var frames = 0
  private var windowStart: Duration = .zero
  private var windowReadings = 0
  private var leastLag = Double.infinity
  /// The normal lag, once known.
  private var normalLag: Double?

  init(rate: Int) { self.rate = Double(rate) }

  /// `frames` arrived at `now`, and the device has no more. Returns the seconds of audio missing, once that is certain.
  mutating func count(frames count: Int, at now: Duration) -> Double? {
    if start == nil {
      start = now
      windowStart = now
    }
    frames += count
    leastLag = min(leastLag, lag(at: now))
    windowReadings += 1
    guard now - windowStart >= Self.window, windowReadings >= Self.readings else { return nil }
    defer {
      windowStart = now
      windowReadings = 0
      leastLag = .infinity
    }
    guard let normal = normalLag else {
      normalLag = leastLag
      return nil
    }
    let change = leastLag - normal
    guard abs(change) < Self.step else {
      normalLag = leastLag
      return change > 0 ? change : nil
    }
    let tolerance = Self.drift * (now - windowStart).inSeconds
    normalLag = normal + min(max(change, -tolerance), tolerance)
    return nil
  }

  /// Seconds of audio missing before the `seconds` that arrived at `now`, after a reported break. They are not counted.
  func missing(before seconds: Double, at now: Duration) -> Double {
    guard start != nil else { return 0 }
    let normal = normalLag ?? (leastLag.isFinite ? leastLag : 0)
    return max(0, lag(at: now) - seconds - normal)
  }

  private func lag(at now: Duration) -> Double {
    (now - (start ?? now)).inSeconds - Double(frames) / rate
  }
}
