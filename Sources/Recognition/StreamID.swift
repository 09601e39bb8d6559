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
}
