/// What a server's connection keeps in memory.
public struct ConnectionHolding: Equatable, Sendable {
  public var bytes = 0
  /// As many of them belong to a message that has not arrived as a whole.
  public var unfinishedBytes = 0

  /// What a connection with TLS takes, besides what waits to be sent: measured with 1,000 idle ones
  /// (Benchmarks/Floods).
  static let tls = ConnectionHolding(bytes: 24 << 10)

  static func + (one: Self, other: Self) -> Self {
    Self(bytes: one.bytes + other.bytes, unfinishedBytes: one.unfinishedBytes + other.unfinishedBytes)
  }
}
