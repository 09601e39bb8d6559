/// How late the final texts of live streams have been lately.
struct FinalDelays: Equatable {
  /// Older ones say nothing about now.
  static let windowSeconds = 30.0
  /// Fewer in the window say nothing: one alone may be late because its worker was replaced.
  static let fewest = 5
  /// The newest are enough: a worker finishes some three utterances a second.
  private static let most = 256

  private struct Final: Equatable {
    var time: Double
    var delay: Double
  }

  private var finals: [Final] = []

  /// A final text came so many seconds after its audio.
  mutating func add(_ delay: Double, now: Double) {
    finals.append(Final(time: now, delay: delay))
    if finals.count > Self.most { finals.removeFirst() }
  }

  /// The delay that 95 of 100 did not exceed; nil where too few have come to say.
  func p95(now: Double) -> Double? {
    let delays = finals.filter { now - $0.time <= Self.windowSeconds }.map(\.delay).sorted()
    guard delays.count >= Self.fewest else { return nil }
    return delays[(delays.count * 95 + 99) / 100 - 1]
  }
}
