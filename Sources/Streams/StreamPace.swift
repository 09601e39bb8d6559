/// Whether a stream arrives in real time or faster: a leaky bucket of seconds of audio.
struct StreamPace {
  /// Whether the last chunk arrived no earlier than its audio could be recorded.
  private(set) var isLive = true
  private var seconds = 0.0
  /// When `seconds` was last true, in seconds.
  private var time = 0.0

  /// How far a live stream may be ahead: late audio is caught up in one go, and a buffer is emptied at the start.
  static let slackSeconds = 0.5
  /// Slightly more than real time, because no two clocks agree.
  private static let drain = 1.1

  /// A chunk with so many seconds of audio arrived.
  mutating func add(_ chunkSeconds: Double, now: Double) {
    if now != time {
      seconds = max(0, seconds - Self.drain * (now - time))
      time = now
    }
    isLive = seconds <= Self.slackSeconds
    // Capped, so that a stream is soon live again.
    seconds = min(seconds, 2 * Self.slackSeconds) + chunkSeconds
  }
}
