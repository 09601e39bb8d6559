/// What a server's connection keeps in memory.
public struct ConnectionHolding: Equatable, Sendable {
  public var bytes = 0
  /// As many of them belong to a message that has not arrived as a whole.
  public var unfinishedBytes = 0

  /// The most that TLS takes for a connection, besides what waits to be sent. With TLS 1.2, which is all OpenSSL's, 30
  /// KiB were resident, 14 of them of an idle one, 16 more from the first byte of a record to its last
  /// (Scripts/bench-floods). With TLS 1.3 it is 3 and 16.
  static let tls = ConnectionHolding(bytes: 32 << 10)

  static func + (one: Self, other: Self) -> Self {
    Self(bytes: one.bytes + other.bytes, unfinishedBytes: one.unfinishedBytes + other.unfinishedBytes)
  }
}
