import Platform

/// Decides when the next chunk of a file is due.
struct Pacer: Equatable {
  /// The most chunks sent and unanswered: enough to keep a server busy across any network, and far below its limit.
  static let openChunks = 64
  /// The most bytes that the network has not taken.
  static let unsentBytes = 1 << 20

  private let speed: Speed
  private var began: Duration?

  init(speed: Speed) { self.speed = speed }

  enum Decision: Equatable {
    case send
    case wait(until: Duration)
    /// Too much is in flight. Answers, or progress of the network, allow more.
    case hold
  }

  /// A chunk that ends `end` seconds into the audio is due when a microphone would have delivered it.
  mutating func next(end: Double, openChunks: Int, unsentBytes: Int, at now: Duration) -> Decision {
    guard openChunks < Self.openChunks, unsentBytes < Self.unsentBytes else { return .hold }
    guard case .factor(let factor) = speed else { return .send }
    let start = began ?? now
    began = start
    let due = start + .seconds(end / factor)
    return now >= due ? .send : .wait(until: due)
  }

  /// Seconds of audio that are due at `now` after the first `end`.
  func lag(end: Double, at now: Duration) -> Double {
    guard case .factor(let factor) = speed, let began else { return 0 }
    return max(0, (now - began).inSeconds * factor - end)
  }
}
