/// Identifies a stream on all workers, even if several gateways use them.
public struct StreamID: Hashable, Sendable {
  /// A random number that a gateway draws when it starts.
  public var gateway: UInt64
  /// The stream's number at that gateway.
  public var number: UInt64

  public init(gateway: UInt64, number: UInt64) {
    self.gateway = gateway
    self.number = number
  }

  /// Numbers are given in turn, so they are their own hashes, and streams that were opened one after the other lie side
  /// by side. With a secret hash a worker took 0.17 µs more for a chunk of 3,500 live streams, of 0.95.
  public func _rawHashValue(seed: Int) -> Int { Int(truncatingIfNeeded: number) }
}
