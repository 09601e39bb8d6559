import IO
import Testing

@testable import Server

/// A server's rounds, by a clock of their own.
private final class Rounds {
  /// What the loop does at the end of a round.
  enum Next: Equatable {
    case sleep, poll
    /// Collect chunks until then.
    case batch(until: Duration)
  }

  private var policy: WakeupPolicy
  /// The same window as in the policy, to look into.
  private var window: BatchWindow
  private(set) var now = Duration.seconds(100)

  init(longest: Duration = .milliseconds(15), fullRate: Double = 0) {
    policy = WakeupPolicy(batchWindow: longest, fullRate: fullRate)
    window = BatchWindow(longest: longest, fullRate: fullRate)
  }

  var interval: Duration { window.interval }

  /// A round with so many chunks of live and fast streams, that took so long, and whether answers were sent.
  func round(
    after pause: Duration = .zero, live: Int = 0, fast: Int = 0, lasting: Duration = .zero, answered: Bool = false,
    isOwed: Bool = false
  ) -> Next {
    now += pause
    policy.arrivals = .init(live: live, fast: fast)
    window.received(policy.arrivals)
    if answered { policy.answered() }
    _ = window.end(roundStart: now, now: now + lasting)
    if let end = policy.batchEnd(roundStart: now, now: now + lasting) { return .batch(until: end) }
    return policy.shouldPoll(now: now, isOwed: isOwed) ? .poll : .sleep
  }

  /// A tenth of a second with so many live chunks, each answered at once; three times, so that they decide the
  /// interval.
  func settle(live: Int) {
    for _ in 0..<3 * live { _ = round(after: .milliseconds(100) / Double(live), live: 1, answered: true) }
  }

  /// The chunk of a fast stream, and its answer; what is done then.
  func exchange(after pause: Duration) -> Next {
    _ = round(after: pause, fast: 1, isOwed: true)
    return round(after: .microseconds(30), answered: true)
  }
}

struct WakeupPolicyTests {
  // MARK: Batch window

  @Test(arguments: [(live: 500, microseconds: 250), (1000, 500), (2000, 500), (6400, 250)])
  func `where latency counts a window is short while there are few streams, and again with very many`(
    _ expected: (live: Int, microseconds: Int)
  ) {
    let rounds = Rounds(longest: .microseconds(500), fullRate: 10_000)
    rounds.settle(live: expected.live)
    let difference = (rounds.interval - .microseconds(expected.microseconds)) / .microseconds(1)
    #expect(abs(difference) < 5, "\(rounds.interval)")
  }

  @Test func `few live streams are answered one by one`() {
    let rounds = Rounds()
    // Thirteen chunks in a tenth of a second: fewer than two in fifteen milliseconds.
    rounds.settle(live: 13)
    #expect(rounds.interval == .zero)
    #expect(rounds.round(after: .milliseconds(1), live: 1, isOwed: true) == .sleep)
    #expect(rounds.round(after: .milliseconds(1), answered: true) == .sleep)
  }

  @Test(arguments: [(20, 15_000), (100, 15_000), (200, 8000), (1000, 1600), (3500, 1500)])
  func `many share a wakeup: sixteen, or those of the longest or shortest window`(live: Int, microseconds: Int) {
    let rounds = Rounds()
    rounds.settle(live: live)
    let spread = rounds.interval - .microseconds(microseconds)
    #expect(spread >= .microseconds(-microseconds / 10) && spread <= .microseconds(microseconds / 10))
  }

  @Test func `a window ends one interval after the last wakeup, however long the round took`() {
    let rounds = Rounds()
    rounds.settle(live: 100)
    let next = rounds.round(after: .milliseconds(8), live: 10, lasting: .milliseconds(2))
    #expect(next == .batch(until: rounds.now + rounds.interval))
  }

  @Test func `a round that took longer than that is not followed by a window`() {
    let rounds = Rounds()
    rounds.settle(live: 3500)
    #expect(rounds.round(after: .milliseconds(1), live: 30, lasting: .milliseconds(2), isOwed: true) == .sleep)
  }

  @Test func `a stream that is faster than real time ends the windows at once`() {
    let rounds = Rounds()
    rounds.settle(live: 100)
    #expect(rounds.interval > .zero)
    #expect(rounds.round(after: .milliseconds(1), live: 5, fast: 1, isOwed: true) == .sleep)
    #expect(rounds.interval == .zero)
  }

  @Test func `when nothing arrives any more there are no windows`() {
    let rounds = Rounds()
    rounds.settle(live: 100)
    _ = rounds.round(after: .milliseconds(100))
    #expect(rounds.round(after: .milliseconds(125), answered: true) == .sleep)
    #expect(rounds.interval == .zero)
  }

  @Test func `with a batch window of zero there is none`() {
    let rounds = Rounds(longest: .zero)
    rounds.settle(live: 1000)
    #expect(rounds.interval == .zero)
  }

  // MARK: Busy polling

  @Test func `after an answer to a fast stream the loop polls for its next chunk, for a moment`() {
    let rounds = Rounds()
    #expect(rounds.exchange(after: .milliseconds(1)) == .poll)
    #expect(rounds.round(after: .microseconds(99)) == .poll)
    #expect(rounds.round(after: .microseconds(1)) == .sleep)
    #expect(rounds.round(after: .milliseconds(1)) == .sleep)
  }

  @Test func `it polls again and again while chunks arrive in time`() {
    let rounds = Rounds()
    for _ in 0..<10_000 { #expect(rounds.exchange(after: .microseconds(50)) == .poll) }
  }

  @Test func `for a client that is far away it polls ever more seldom`() {
    let rounds = Rounds()
    var polls = 0
    for _ in 0..<10_000 {
      if rounds.exchange(after: .milliseconds(1)) == .poll { polls += 1 }
      _ = rounds.round(after: .milliseconds(1))
    }
    #expect((1...20).contains(polls))
    // A chunk that is in time brings it back.
    var tries = 0
    while rounds.exchange(after: .microseconds(50)) != .poll { tries += 1 }
    #expect(tries <= 1024)
    #expect(rounds.exchange(after: .microseconds(50)) == .poll)
    #expect(rounds.exchange(after: .microseconds(50)) == .poll)
  }

  @Test func `it does not poll while a worker is busy, nor for live streams`() {
    let rounds = Rounds()
    _ = rounds.round(after: .milliseconds(1), fast: 2, isOwed: true)
    #expect(rounds.round(after: .microseconds(30), answered: true, isOwed: true) == .sleep)
    for _ in 0..<2 { _ = rounds.round(after: .milliseconds(200)) }
    _ = rounds.round(after: .milliseconds(1), live: 1, isOwed: true)
    #expect(rounds.round(after: .microseconds(30), answered: true) == .sleep)
  }
}
