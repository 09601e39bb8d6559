/// Pace of a stream: real time or faster, by a leaky bucket of seconds of audio.
public struct StreamPace {
  /// Whether the last chunk arrived no earlier than its audio could be recorded.
  public private(set) var isLive = true
  /// The client was not read for a while since the last chunk.
  private var wasHeldBack = false
  /// Below zero: what could not be read of a live stream, which comes in one go.
  private var seconds = 0.0
  /// When `seconds` was last true, in seconds.
  private var time = 0.0
  /// Seconds of audio so far, and when they would have begun if they came without a pause; nil before any came here.
  private var position: Double
  private var origin: Double?

  /// How far a live stream may be ahead: late audio is caught up in one go, and a buffer is emptied at the start.
  static let slackSeconds = 0.5
  /// Slightly more than real time, because no two clocks agree.
  private static let drain = 1.1

  /// - Parameter position: seconds of audio that came to another server.
  init(after position: Double = 0) { self.position = position }

  /// A chunk with so many seconds of audio arrived.
  mutating func add(_ chunkSeconds: Double, now: Double) {
    if now != time {
      let drained = seconds - Self.drain * (now - time)
      seconds = wasHeldBack && isLive ? drained : max(min(0, seconds), drained)
      time = now
    }
    isLive = seconds <= Self.slackSeconds
    // Capped, so that a stream is soon live again.
    seconds = min(seconds, 2 * Self.slackSeconds) + chunkSeconds
    position += chunkSeconds
    // A client that paused by itself begins anew. One that was held back has sent its audio when it would have come.
    let begin = now - position
    origin = wasHeldBack || seconds < 0 ? min(origin ?? begin, begin) : begin
    wasHeldBack = false
  }

  /// The client is not read for now: what comes later is not late by its doing.
  mutating func holdBack() { wasHeldBack = true }

  /// How long ago the audio before this second of the stream was sent; nil where that says nothing, because the stream
  /// is faster than real time, or is not known, because it came to another server.
  func age(of second: Double, now: Double) -> Double? {
    guard isLive, let origin else { return nil }
    return max(0, now - (origin + second))
  }
}
