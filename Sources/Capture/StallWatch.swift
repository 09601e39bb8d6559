/// Decides when a device that delivers nothing has stalled.
///
/// Some devices take seconds to deliver their first audio: a Bluetooth headset changes its profile, a sound server
/// resumes a suspended source. Closing them because of that would begin the wait anew.
struct StallWatch: Equatable {
  struct Limits: Equatable {
    /// After this long without audio a device that has delivered some counts as stalled.
    var stallAfter: Duration
    /// The same before its first audio, also after it was restarted or opened again.
    var firstAudioAfter: Duration
  }

  enum Finding: Equatable {
    case patient
    /// It has not delivered its first audio for as long as a stall takes. Found once an opening.
    case slow
    case stalled(after: Duration)
  }

  private let limits: Limits
  /// A device with long periods delivers that seldom.
  private var period: Duration
  private var lastAudio: Duration
  private var hasBegun = false
  private var isKnownSlow = false

  init(_ limits: Limits, period: Duration, openedAt now: Duration) {
    self.limits = limits
    self.period = period
    lastAudio = now
  }

  mutating func heard(at now: Duration) {
    hasBegun = true
    lastAudio = now
  }

  /// It is being restarted, so that its first audio is to come again.
  mutating func restarted() { hasBegun = false }

  /// It has been opened again.
  mutating func reopened(period: Duration, at now: Duration) {
    self = StallWatch(limits, period: period, openedAt: now)
  }

  mutating func idled(at now: Duration) -> Finding {
    let silence = now - lastAudio
    let limit = max(hasBegun ? limits.stallAfter : limits.firstAudioAfter, period * 3)
    if silence >= limit {
      lastAudio = now
      return .stalled(after: limit)
    }
    guard !hasBegun, !isKnownSlow, silence >= limits.stallAfter else { return .patient }
    isKnownSlow = true
    return .slow
  }
}
