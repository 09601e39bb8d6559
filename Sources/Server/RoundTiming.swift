import WebSocket

/// When the loop looks again at what has arrived, decided at the end of each of its rounds.
///
/// Waking a process that sleeps costs more than all that is done with a chunk. Two things save it:
/// * **Rest.** Many live streams share one waking: the loop rests for so long that some chunks come together, and too short for anyone to
///   notice.
/// * **Watch.** A stream that is ahead of its sound waits for answers. Its next chunk comes as soon as it has one, mostly before a
///   process would be asleep: for a moment the loop does not go to sleep.
struct RoundTiming {
  /// The longest rest; zero is none, ever.
  private let longestRest: Duration
  /// From one waking to the next, if what is done between takes no longer; zero while there is no rest.
  private(set) var interval = Duration.zero

  /// How many chunks a waking is worth.
  static let company = 16.0
  /// How often the interval is decided.
  static let period = Duration.milliseconds(100)
  /// How long the loop watches: somewhat longer than going to sleep and waking take together.
  static let longestWatch = Duration.microseconds(100)

  // What came in this period.
  private var since = Duration.zero
  private var live = 0
  private var hurried = 0
  /// In this period or the one before a stream was ahead of its sound.
  private var isHurried = false
  // What happened since `watches` was asked.
  private var hasTaken = false
  private var hasAnswered = false
  /// Until when it watches.
  private var watch: Duration?
  /// How often it watched in vain, one after another, and how many answers it is to let pass before it tries again.
  private var vain = 0
  private var toPass = 0

  init(longestRest: Duration) { self.longestRest = longestRest }

  /// A chunk has been taken in this round; `isLive` if its stream is not ahead of its sound.
  mutating func took(isLive: Bool) {
    hasTaken = true
    if isLive {
      live += 1
    } else {
      hurried += 1
      isHurried = true
    }
  }

  /// A worker's answer has gone out in this round.
  mutating func answered() { hasAnswered = true }

  // MARK: Rest

  /// At the end of a round: until when the loop is to rest, once the workers have answered what they were given. Nil for not at all.
  /// What time it is is asked only where there are rests.
  mutating func rest(began: Duration, now: @autoclosure () -> Duration) -> Duration? {
    decide(now: began)
    // A round that took so long has had company enough.
    guard interval > .zero, now() - began < interval else { return nil }
    return began + interval
  }

  private mutating func decide(now: Duration) {
    guard now - since >= Self.period || (hurried > 0 && interval > .zero) else { return }
    interval = hurried > 0 ? .zero : interval(chunks: live, in: now - since)
    isHurried = hurried > 0
    since = now
    live = 0
    hurried = 0
  }

  /// The time `company` chunks take to come; none at all where no two would.
  private func interval(chunks: Int, in time: Duration) -> Duration {
    guard longestRest > .zero, time > .zero, Double(chunks) * (longestRest / time) >= 2 else { return .zero }
    return min(longestRest, time * (Self.company / Double(chunks)))
  }

  // MARK: Watch

  /// At the end of a round without a rest: whether to look at once at what has come. `isOwed` if a worker has yet to answer something.
  mutating func watches(now: Duration, isOwed: Bool) -> Bool {
    defer {
      hasTaken = false
      hasAnswered = false
    }
    if hasTaken {
      if watch != nil { vain = 0 }
      watch = nil
    }
    // Beside a worker that is at work it would only be in the way.
    guard !isOwed else { return false }
    if let end = watch {
      guard now >= end else { return true }
      watch = nil
      vain = min(vain + 1, 10)
      toPass = 1 << vain
      return false
    }
    guard hasAnswered, isHurried else { return false }
    guard toPass == 0 else {
      toPass -= 1
      return false
    }
    watch = now + Self.longestWatch
    return true
  }
}
