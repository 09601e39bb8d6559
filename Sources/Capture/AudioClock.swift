internal import Platform

/// Compares the audio received with the time elapsed: detects lost audio, and measures the device's clock.
///
/// The *lag* is time elapsed minus audio received: latency, plus everything ever lost, plus the drift between two
/// clocks. Its minimum over half a second is unaffected by late threads and bursts. When it steps up, audio is missing;
/// when it moves by less, the clocks differ.
struct AudioClock: Equatable {
  static let window: Duration = .milliseconds(500)
  /// Readings a window needs: one late reading after a long sleep proves nothing.
  static let readings = 5
  /// A step of this many seconds is a gap. Two fragments of a sound server, 20–25 ms each, may arrive late without
  /// loss.
  static let step = 0.05
  /// Fraction by which two clocks may differ. Crystals: 0.0001; cheap USB microphones and virtual devices: up to 0.03.
  static let drift = 0.035
  /// An error of the clock is known after this many seconds that add up to this many seconds of difference, and told
  /// from this fraction on.
  static let measuredAfter = 3.0
  static let measuredDifference = 0.05
  static let toldError = 0.003
  /// It is told again when it has changed by this fraction.
  static let toldChange = 0.001

  private let rate: Double
  private var start: Duration?
  private var frames = 0
  private var windowStart: Duration = .zero
  private var windowReadings = 0
  private var leastLag = Double.infinity
  /// The normal lag, once known, and since when.
  private var normalLag: Double?
  private var normalSince: Duration = .zero
  /// By how much the normal lag has grown without a gap.
  private var difference = 0.0
  private var lastTold = 0.0

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
      normalSince = now
      return nil
    }
    let change = leastLag - normal
    let tolerance = Self.drift * (now - windowStart).inSeconds
    // A device with long periods has long windows, in which clocks drift apart further.
    guard abs(change) < max(Self.step, 2 * tolerance) else {
      normalLag = leastLag
      return change > 0 ? change : nil
    }
    let followed = min(max(change, -tolerance), tolerance)
    normalLag = normal + followed
    difference += followed
    return nil
  }

  /// How much faster the device's clock runs than this machine's, as a fraction, if that is news.
  mutating func errorToTell() -> Double? {
    let measured = (windowStart - normalSince).inSeconds
    guard normalLag != nil, measured >= Self.measuredAfter, abs(difference) >= Self.measuredDifference else {
      return nil
    }
    let error = -difference / measured
    guard abs(error) >= Self.toldError, abs(error - lastTold) >= Self.toldChange else { return nil }
    lastTold = error
    return error
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
