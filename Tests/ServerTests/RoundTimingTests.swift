import IO
import Testing
import WebSocket

@testable import Server

/// A server's rounds, by a clock of their own.
private final class Rounds {
  var timing: RoundTiming
  private(set) var now = Duration.seconds(100)

  init(longestRest: Duration = .milliseconds(15)) { timing = RoundTiming(longestRest: longestRest) }

  /// A round in which so many chunks were taken, that lasted so long, and whether answers went out; when it rests, until when.
  func round(
    after pause: Duration = .zero, live: Int = 0, hurried: Int = 0, lasting: Duration = .zero, answered: Bool = false,
    owed: Bool = false
  ) -> EventLoop.NextRound {
    now += pause
    for _ in 0..<live { timing.took(isLive: true) }
    for _ in 0..<hurried { timing.took(isLive: false) }
    if answered { timing.answered() }
    if let end = timing.rest(began: now, now: now + lasting) { return .at(end) }
    return timing.watches(now: now, isOwed: owed) ? .atOnce : .whenReady
  }

  /// A tenth of a second with so many live chunks, each answered at once; three times, so that the interval is decided by them.
  func settle(live: Int) {
    for _ in 0..<3 * live { _ = round(after: .milliseconds(100) / Double(live), live: 1, answered: true) }
  }

  /// The chunk of a stream in a hurry, and its answer; what is done then.
  func exchange(after pause: Duration) -> EventLoop.NextRound {
    _ = round(after: pause, hurried: 1, owed: true)
    return round(after: .microseconds(30), answered: true)
  }
}

struct RoundTimingTests {
  // MARK: Rest

  @Test func `few live streams are answered one by one`() {
    let rounds = Rounds()
    // Thirteen chunks in a tenth of a second: not two in fifteen milliseconds.
    rounds.settle(live: 13)
    #expect(rounds.timing.interval == .zero)
    #expect(rounds.round(after: .milliseconds(1), live: 1, owed: true) == .whenReady)
    #expect(rounds.round(after: .milliseconds(1), answered: true) == .whenReady)
  }

  @Test(arguments: [(20, 15_000), (100, 15_000), (200, 8000), (1000, 1600), (3500, 457)])
  func `many share a waking: sixteen of them, or as many as come in the longest rest`(live: Int, microseconds: Int) {
    let rounds = Rounds()
    rounds.settle(live: live)
    let spread = rounds.timing.interval - .microseconds(microseconds)
    #expect(spread >= .microseconds(-microseconds / 10) && spread <= .microseconds(microseconds / 10))
  }

  @Test func `a rest ends so long after the waking before, however long was worked between`() {
    let rounds = Rounds()
    rounds.settle(live: 100)
    let next = rounds.round(after: .milliseconds(8), live: 10, lasting: .milliseconds(2))
    #expect(next == .at(rounds.now + rounds.timing.interval))
  }

  @Test func `who has worked longer than that does not rest`() {
    let rounds = Rounds()
    rounds.settle(live: 3500)
    #expect(rounds.round(after: .milliseconds(1), live: 30, lasting: .milliseconds(1), owed: true) == .whenReady)
  }

  @Test func `a stream ahead of its sound ends the rests at once`() {
    let rounds = Rounds()
    rounds.settle(live: 100)
    #expect(rounds.timing.interval > .zero)
    #expect(rounds.round(after: .milliseconds(1), live: 5, hurried: 1, owed: true) == .whenReady)
    #expect(rounds.timing.interval == .zero)
  }

  @Test func `when nothing comes any more there are no rests`() {
    let rounds = Rounds()
    rounds.settle(live: 100)
    _ = rounds.round(after: .milliseconds(100))
    #expect(rounds.round(after: .milliseconds(125), answered: true) == .whenReady)
    #expect(rounds.timing.interval == .zero)
  }

  @Test func `a server told so never rests`() {
    let rounds = Rounds(longestRest: .zero)
    rounds.settle(live: 1000)
    #expect(rounds.timing.interval == .zero)
  }

  // MARK: Watch

  @Test func `for the next chunk of a stream in a hurry it watches, for a moment`() {
    let rounds = Rounds()
    #expect(rounds.exchange(after: .milliseconds(1)) == .atOnce)
    #expect(rounds.round(after: .microseconds(99)) == .atOnce)
    #expect(rounds.round(after: .microseconds(1)) == .whenReady)
    #expect(rounds.round(after: .milliseconds(1)) == .whenReady)
  }

  @Test func `it watches again and again while chunks come in time`() {
    let rounds = Rounds()
    for _ in 0..<10_000 { #expect(rounds.exchange(after: .microseconds(50)) == .atOnce) }
  }

  @Test func `who is far away is watched for ever more seldom`() {
    let rounds = Rounds()
    var watched = 0
    for _ in 0..<10_000 {
      if rounds.exchange(after: .milliseconds(1)) == .atOnce { watched += 1 }
      _ = rounds.round(after: .milliseconds(1))
    }
    #expect((1...20).contains(watched))
    // One that is in time brings it back.
    var tries = 0
    while rounds.exchange(after: .microseconds(50)) != .atOnce { tries += 1 }
    #expect(tries <= 1024)
    #expect(rounds.exchange(after: .microseconds(50)) == .atOnce)
    #expect(rounds.exchange(after: .microseconds(50)) == .atOnce)
  }

  @Test func `a worker at work is not disturbed, nor is anything done for streams in no hurry`() {
    let rounds = Rounds()
    _ = rounds.round(after: .milliseconds(1), hurried: 2, owed: true)
    #expect(rounds.round(after: .microseconds(30), answered: true, owed: true) == .whenReady)
    for _ in 0..<2 { _ = rounds.round(after: .milliseconds(200)) }
    _ = rounds.round(after: .milliseconds(1), live: 1, owed: true)
    #expect(rounds.round(after: .microseconds(30), answered: true) == .whenReady)
  }
}
