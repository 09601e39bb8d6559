internal import Glibc

/// An IPv4 or IPv6 address. An IPv4 one that came over IPv6 (`::ffff:192.0.2.1`) is an IPv4 one.
public struct IPAddress: Hashable, Sendable {
  /// 4 or 16.
  public let bytes: [UInt8]

  /// Nil unless there are 4 or 16.
  public init?(bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes)
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    let isMapped = bytes.count == 16 && bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 255 && bytes[11] == 255
    self.bytes = isMapped ? Array(bytes[12...]) : bytes
  }

  /// Reads `192.0.2.1` and `2001:db8::1`. Nil if the text is no address.
  public init?(_ text: String) {
    // For the system the text ends there.
    guard !text.utf8.contains(0) else { return nil }
    for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: count)
      guard inet_pton(family, text, &bytes) == 1 else { continue }
      self.init(bytes: bytes)
      return
    }
    return nil
  }

  /// Reads an address as the system does where it expects a host: also `127.1`, `0x7f000001`.
  public init?(host: String) {
    var address = in_addr()
    if let plain = IPAddress(host) {
      self = plain
    } else if host.utf8.allSatisfy({ "0123456789abcdefABCDEFxX.".utf8.contains($0) }), inet_aton(host, &address) == 1 {
      self.init(bytes: withUnsafeBytes(of: address.s_addr) { Array($0) })
    } else {
      return nil
    }
  }

  public var text: String {
    var name = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &name, socklen_t(name.count))
    return name.withUnsafeBufferPointer { String(cString: $0.baseAddress.unsafelyUnwrapped) }
  }

  /// An IPv4 address, or of an IPv6 one the /64, which is what one customer gets.
  public var network: String {
    if bytes.count == 4 { return bytes.map { String($0) }.joined(separator: ".") }
    // The loopback address's own /64 holds nothing else that is routed.
    if isLoopback { return "::1" }
    let groups = stride(from: 0, to: 8, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
    return groups.joined(separator: ":") + "::/64"
  }

  /// `0.0.0.0` or `::`
  public var isUnspecified: Bool { bytes.allSatisfy { $0 == 0 } }

  public var isLoopback: Bool {
    bytes.count == 4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
  }
}
