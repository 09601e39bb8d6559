/// Which broker is tried next, and after which pause: each in turn, at once at first, then ever more slowly.
public struct RedialPolicy: Equatable, Sendable {
  static let firstPause = Duration.milliseconds(100)
  static let longestPause = Duration.seconds(1)

  private let brokers: Int
  private var next = 0
  private var failures = 0

  /// - Parameter brokers: how many there are.
  public init(brokers: Int) { self.brokers = brokers }

  /// The number of the broker to try, and how long to wait before.
  public mutating func attempt() -> (broker: Int, pause: Duration) {
    defer {
      next = (next + 1) % brokers
      failures += 1
    }
    let rounds = failures / brokers
    let pause = rounds == 0 ? .zero : min(Self.longestPause, Self.firstPause * (1 << min(rounds - 1, 10)))
    return (next, pause)
  }

  /// A connection is ready: should it break, the same broker is tried last.
  public mutating func succeeded() { failures = 0 }
}
