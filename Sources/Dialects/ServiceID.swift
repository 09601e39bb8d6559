/// Identifiers in the form of RFC 9562 (UUID), which other services give to requests and models.
enum ServiceID {
  /// Of a session's name: the same 128 bits.
  static func text(of hexadecimal: String) -> String {
    RequestID(digits: String(repeating: "0", count: max(0, 32 - hexadecimal.count)) + hexadecimal.suffix(32)).uuid
  }

  /// Of a request that opens no session.
  static func random() -> RequestID {
    RequestID(digits: UInt64.random(in: 0 ... .max).hexadecimal + UInt64.random(in: 0 ... .max).hexadecimal)
  }

  /// Of a model: the same for the same name.
  static func text(ofModel name: String) -> String {
    // FNV-1a.
    func hash(_ start: UInt64) -> UInt64 { name.utf8.reduce(start) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 } }
    let first = hash(0xcbf2_9ce4_8422_2325)
    return text(of: first.hexadecimal + hash(first).hexadecimal)
  }
}
