/// When the loop looks again at what has arrived, decided at the end of each round.
///
/// Waking a sleeping process costs more than everything that is done with a chunk. Two things save it: a batch window
/// for live streams, and busy polling for streams that send faster than real time.
struct WakeupPolicy {
  /// Chunks received in this round, of streams that send in real time and of faster ones.
  struct Arrivals: Equatable {
    var live = 0
    var fast = 0
  }

  var arrivals = Arrivals()
  private var batch: BatchWindow
  private var poll = BusyPoll()

  init(batchWindow: Duration, fullRate: Double = 0) { batch = BatchWindow(longest: batchWindow, fullRate: fullRate) }

  /// A worker's answer was sent.
  mutating func answered() { poll.answered() }

  /// At the end of a round: until when chunks are to be collected; nil without a batch window. The clock is read only
  /// if there is one.
  mutating func batchEnd(roundStart: Duration, now: @autoclosure () -> Duration) -> Duration? {
    if arrivals != Arrivals() { poll.received() }
    batch.received(arrivals)
    arrivals = Arrivals()
    return batch.end(roundStart: roundStart, now: now())
  }

  /// At the end of a round without a batch window: whether to look again at once.
  /// - Parameter isOwed: a worker has yet to answer something.
  mutating func shouldPoll(now: Duration, isOwed: Bool) -> Bool {
    poll.shouldPoll(now: now, isOwed: isOwed, hasFastStreams: batch.hasFastStreams)
  }
}

/// Many live streams share one wakeup: the loop sleeps so long that several chunks arrive together, and too briefly for
/// anyone to notice.
struct BatchWindow {
  /// Chunks that a wakeup is worth.
  static let chunksPerWakeup = 16.0
  /// No window is shorter unless latency counts: with 35,000 chunks a second one of 0.46 ms costs a twelfth more CPU.
  static let shortest = Duration.microseconds(1500)
  /// How often the interval is decided.
  static let period = Duration.milliseconds(100)

  /// Zero: never.
  private let longest: Duration
  /// Where latency counts: chunks a second from which on a window may be as long as that; it is shorter in proportion
  /// where fewer come. Otherwise 0.
  private let fullRate: Double
  /// From one wakeup to the next; zero without a window.
  private(set) var interval = Duration.zero
  private var periodStart = Duration.zero
  // Chunks received in this period.
  private var liveChunks = 0
  private var fastChunks = 0
  /// In this period or the one before, a stream sent faster than real time.
  private(set) var hasFastStreams = false

  init(longest: Duration, fullRate: Double = 0) {
    self.longest = longest
    self.fullRate = fullRate
  }

  mutating func received(_ arrivals: WakeupPolicy.Arrivals) {
    liveChunks += arrivals.live
    fastChunks += arrivals.fast
    if arrivals.fast > 0 { hasFastStreams = true }
  }

  mutating func end(roundStart: Duration, now: @autoclosure () -> Duration) -> Duration? {
    decide(now: roundStart)
    // A round that took longer has collected enough.
    guard interval > .zero, now() - roundStart < interval else { return nil }
    return roundStart + interval
  }

  private mutating func decide(now: Duration) {
    guard now - periodStart >= Self.period || (fastChunks > 0 && interval > .zero) else { return }
    interval = fastChunks > 0 ? .zero : interval(chunks: liveChunks, in: now - periodStart)
    hasFastStreams = fastChunks > 0
    periodStart = now
    liveChunks = 0
    fastChunks = 0
  }

  /// The time in which `chunksPerWakeup` chunks arrive, or more; zero where no two would.
  private func interval(chunks: Int, in time: Duration) -> Duration {
    guard longest > .zero, time > .zero, Double(chunks) * (longest / time) >= 2 else { return .zero }
    let rate = Double(chunks) / (time / .seconds(1))
    let longest = rate < fullRate ? longest * (rate / fullRate) : longest
    let wanted = time * (Self.chunksPerWakeup / Double(chunks))
    return min(longest, fullRate > 0 ? wanted : max(Self.shortest, wanted))
  }
}

/// A stream that sends faster than real time waits for answers: its next chunk follows an answer, mostly before a
/// process would be asleep. So for a moment the loop does not sleep.
struct BusyPoll {
  /// Somewhat longer than falling asleep and waking up take together.
  static let longest = Duration.microseconds(100)

  // Since `shouldPoll` was last asked.
  private var hasReceived = false
  private var hasAnswered = false
  /// Polling until then.
  private var end: Duration?
  /// Polls without success in a row, and answers to skip before the next try.
  private var misses = 0
  private var answersToSkip = 0

  mutating func received() { hasReceived = true }
  mutating func answered() { hasAnswered = true }

  mutating func shouldPoll(now: Duration, isOwed: Bool, hasFastStreams: Bool) -> Bool {
    defer {
      hasReceived = false
      hasAnswered = false
    }
    if hasReceived {
      if end != nil { misses = 0 }
      end = nil
    }
    // It would only be in the way of a worker that is busy.
    guard !isOwed else { return false }
    if let end {
      guard now >= end else { return true }
      self.end = nil
      misses = min(misses + 1, 10)
      answersToSkip = 1 << misses
      return false
    }
    guard hasAnswered, hasFastStreams else { return false }
    guard answersToSkip == 0 else {
      answersToSkip -= 1
      return false
    }
    end = now + Self.longest
    return true
  }
}
