import Audio
import Dialects

/// Times and counts of a session that its stream does not need.
struct SessionFigures: Equatable {
  /// When it was opened here, in seconds of the loop's clock.
  private var openedAt: Double?
  /// Partials that were skipped and are counted.
  private var partials = 0
  @Boxed private var sample: Sample?

  /// Chunks when the rate was last asked for, and what it was.
  private struct Sample: Equatable {
    var time: Double
    var chunks = 0
    var rate = 0.0
  }

  /// When its client sent the last message, where its protocol limits how long it may send none.
  var heardAt = Duration.zero

  /// Ignored parameters of its client that were logged.
  var ignored = IgnoredNames()

  /// A rate over less than this says little.
  private static let shortestSample = 1.0

  /// It has a connection, or is kept for one.
  mutating func opened(now: Double) { if openedAt == nil { openedAt = now } }

  /// So many were skipped in all: how many of them are new.
  mutating func newPartials(_ total: Int) -> Int {
    defer { partials = total }
    return max(0, total - partials)
  }

  /// Seconds since it was opened.
  func age(now: Double) -> Double { max(0, now - (openedAt ?? now)) }

  /// Chunks a second since this was asked before, a second ago at least; at first since the beginning.
  mutating func rate(chunks: Int, now: Double) -> Double {
    let before = sample ?? Sample(time: openedAt ?? now)
    guard now - before.time >= Self.shortestSample else {
      return sample?.rate ?? Double(chunks) / Self.shortestSample
    }
    let rate = Double(chunks - before.chunks) / (now - before.time)
    sample = Sample(time: now, chunks: chunks, rate: rate)
    return rate
  }
}
