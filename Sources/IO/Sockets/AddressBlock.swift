/// A block of addresses in CIDR notation: `10.0.0.0/8`, `fd00::/8`.
public struct AddressBlock: Equatable, Sendable {
  private let bytes: [UInt8]
  /// So many of the first bits are the block's.
  public let bits: Int

  /// - Returns: nil if the text is none.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPAddress(String(parts[0])), let bits = Int(parts[1]) else { return nil }
    // `::ffff:10.0.0.0/104` is `10.0.0.0/8`.
    let isMapped = address.bytes.count == 4 && parts[0].contains(":")
    self.bits = isMapped ? bits - 96 : bits
    bytes = address.bytes
    guard (0...bytes.count * 8).contains(self.bits) else { return nil }
  }

  /// A single address.
  public init(_ address: IPAddress) {
    bytes = address.bytes
    bits = bytes.count * 8
  }

  public func contains(_ address: IPAddress) -> Bool {
    guard address.bytes.count == bytes.count else { return false }
    return (0..<bits).allSatisfy { (bytes[$0 / 8] ^ address.bytes[$0 / 8]) & (0x80 >> UInt8($0 % 8)) == 0 }
  }
}
