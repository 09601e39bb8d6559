internal import Glibc

/// A block of addresses, such as `10.0.0.0/8` or `fd00::/8` in `no_proxy`.
struct AddressBlock: Equatable {
  private let address: [UInt8]
  private let bits: Int

  /// - Returns: nil if the text is none.
  init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = Self.bytes(of: String(parts[0])), let bits = Int(parts[1]),
      (0...address.count * 8).contains(bits)
    else { return nil }
    self.address = address
    self.bits = bits
  }

  /// - Parameter host: an address; a name is in no block.
  func contains(_ host: String) -> Bool {
    guard let other = Self.bytes(of: host), other.count == address.count else { return false }
    return (0..<bits).allSatisfy { (address[$0 / 8] ^ other[$0 / 8]) & (0x80 >> UInt8($0 % 8)) == 0 }
  }

  private static func bytes(of text: String) -> [UInt8]? {
    for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: count)
      if inet_pton(family, text, &bytes) == 1 { return bytes }
    }
    return nil
  }
}
