/// Which broker is tried next, and after which pause: each in turn, at once at first, then ever more slowly.
public struct RedialPolicy: Equatable, Sendable {
  static let firstPause = Duration.milliseconds(100)
  static let longestPause = Duration.seconds(1)

  private let brokers: Int
  private var next: Int
  private var failures = 0
  /// Brokers that want TLS before they say anything.
  private var tlsFirst: Set<Int> = []

  /// - Parameters:
  ///   - brokers: how many there are.
  ///   - first: the one that is tried first; random, so that no broker of a cluster has all clients.
  public init(brokers: Int, first: Int) {
    self.brokers = brokers
    next = first
  }

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

  /// Whether to begin with TLS, without waiting for a word of this broker: the last time it had none.
  public func beginsWithTLS(_ broker: Int) -> Bool { tlsFirst.contains(broker) }

  /// A connection is ready: should it break, the same broker is tried last.
  public mutating func succeeded(_ broker: Int, beganWithTLS: Bool) {
    failures = 0
    if beganWithTLS { tlsFirst.insert(broker) }
  }

  /// There is none: it may have been configured anew.
  public mutating func failed(_ broker: Int) { tlsFirst.remove(broker) }
}
