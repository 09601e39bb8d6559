/// Decides when to try the server again: soon at first, then less and less often.
///
/// The wait doubles with every failure, from 0.25 s to 10 s. It starts over once a connection has held for five seconds
/// or was useful, so a server that hangs up right after the handshake is not flooded with attempts.
struct Reconnect: Equatable {
  private static let shortest = Duration.milliseconds(250)
  private static let longest = Duration.seconds(10)
  private static let provenAfter = Duration.seconds(5)

  /// Failures in a row.
  private(set) var failures = 0
  private var openedAt: Duration?

  init() {}

  mutating func opened(at now: Duration) { openedAt = now }

  /// The connection was useful.
  mutating func proven() { failures = 0 }

  /// How long to wait after a failed attempt or a broken connection.
  /// - Parameters:
  ///   - jitter: 0…1, spreads many clients over the last quarter of the wait.
  ///   - atLeast: the wait that the server asked for.
  mutating func failed(at now: Duration, jitter: Double, atLeast: Duration = .zero) -> Duration {
    if let openedAt, now - openedAt >= Self.provenAfter { failures = 0 }
    openedAt = nil
    failures += 1
    let doubled = Self.shortest * (1 << min(failures - 1, 10))
    let wait = min(doubled, Self.longest) * (1 - jitter / 4)
    return max(wait, atLeast)
  }
}
