import Glibc

/// Whether partials are left out, because final texts of several live streams come late. A look that has begun can't be
/// interrupted: a final that becomes due meanwhile waits for all of it.
struct PartialShedding {
  /// Seconds by which finals waited too long, of late: half of them are forgotten after each `halfLife`.
  private var lateness = 0.0
  private var updated = Duration.zero

  /// A final may wait so long for its turn, in seconds.
  private static let patience = 0.5
  private static let most = 0.25
  /// However late finals were, partials are made again four seconds after the last of them.
  private static let cap = 1.0
  /// Seconds.
  private static let halfLife = 2.0

  /// The turn of a live stream's final has come, after so many seconds.
  mutating func finalWaited(for seconds: Double, now: Duration) {
    lateness = min(remaining(now) + max(0, seconds - Self.patience), Self.cap)
    updated = now
  }

  func isShedding(_ now: Duration) -> Bool { remaining(now) > Self.most }

  private func remaining(_ now: Duration) -> Double {
    lateness * exp2(-max(0, (now - updated) / .seconds(1)) / Self.halfLife)
  }
}
