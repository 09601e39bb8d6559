import Dialects

/// Decides whether another stream can have its speech recognized: as long as the final texts of live streams come in
/// time.
struct RecognitionLoad: Equatable {
  enum Admission: Equatable {
    case admit
    /// It comes after the others, and is told how late its words are.
    case delay(seconds: Double)
    case refuse(RejectedForDelay)
  }

  let settings: OverloadSettings
  private var delays = FinalDelays()

  init(_ settings: OverloadSettings) { self.settings = settings }

  /// A final text of a live stream came so many seconds after its audio.
  mutating func add(_ delay: Double, now: Double) { delays.add(delay, now: now) }

  /// How late they come: the delay that 95 of 100 did not exceed; nil where too few have come to say.
  func delay(now: Double) -> Double? { delays.p95(now: now) }

  /// Whether they come too late for another stream, and how late.
  func excess(now: Double) -> RejectedForDelay? {
    guard let delay = delay(now: now), delay > settings.longestDelay else { return nil }
    return RejectedForDelay(seconds: delay, limitSeconds: settings.longestDelay)
  }

  func admission(now: Double) -> Admission {
    guard let excess = excess(now: now) else { return .admit }
    return switch settings.whenFull {
    case .refuse: .refuse(excess)
    case .delay: .delay(seconds: excess.seconds)
    }
  }
}
