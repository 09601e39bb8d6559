/// Whether a stream comes as fast as its sound lasts, or faster: a leaky bucket of seconds of sound.
struct SoundPace {
  private var seconds = 0.0
  /// When that was, in seconds.
  private var time = 0.0

  /// How far a live stream may be ahead: what came late is made good in one go, and a buffer is emptied when it begins.
  static let slackSeconds = 0.5
  /// Somewhat more than sound lasts, as no two clocks agree.
  private static let drain = 1.1

  /// A chunk has come; false when its stream is ahead of the sound it has sent before.
  mutating func isLive(adding chunkSeconds: Double, now: Double) -> Bool {
    if now != time {
      seconds = max(0, seconds - Self.drain * (now - time))
      time = now
    }
    let isLive = seconds <= Self.slackSeconds
    // No more than takes it a moment to be live again.
    seconds = min(seconds, 2 * Self.slackSeconds) + chunkSeconds
    return isLive
  }
}
