import Platform

/// How fast a file goes out.
enum Speed: Equatable {
  /// As many seconds of sound as seconds pass, times this.
  case factor(Double)
  /// As fast as the server answers.
  case fast

  static let realtime = Speed.factor(1)

  /// The factors taken: slower is no use, faster than this is `fast`.
  static let factors = 0.1...1000.0

  init?(_ text: String) {
    switch text {
    case "realtime": self = .realtime
    case "fast": self = .fast
    default:
      guard let factor = Double(text), Self.factors.contains(factor) else { return nil }
      self = .factor(factor)
    }
  }
}

/// When the next chunk of a file is due.
struct Pacer: Equatable {
  /// Chunks sent and unanswered, at most: enough to keep a server busy across any network, and far below what it allows.
  static let openChunks = 64
  /// Bytes not yet taken by the network, at most.
  static let unsentBytes = 1 << 20

  let speed: Speed
  private var began: Duration?

  init(speed: Speed) { self.speed = speed }

  enum Decision: Equatable {
    case send
    case wait(until: Duration)
    /// Too much is under way: answers and the network's progress say when to ask again.
    case hold
  }

  /// A chunk that ends `end` seconds into the sound is due when a microphone would have delivered it.
  mutating func next(end: Double, openChunks: Int, unsentBytes: Int, at now: Duration) -> Decision {
    guard openChunks < Self.openChunks, unsentBytes < Self.unsentBytes else { return .hold }
    guard case .factor(let factor) = speed else { return .send }
    let start = began ?? now
    began = start
    let due = start + .seconds(end / factor)
    return now >= due ? .send : .wait(until: due)
  }
  /// Seconds of sound that are due at `now` behind the first `end`.
  func lag(end: Double, at now: Duration) -> Double {
    guard case .factor(let factor) = speed, let began else { return 0 }
    return max(0, (now - began).inSeconds * factor - end)
  }
}
