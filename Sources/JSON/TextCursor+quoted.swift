extension TextCursor {
  /// What a text takes at most as a JSON string, and the room that it must have: each byte may be escaped as `\u00XX`.
  public static func quotedBytes(_ text: String) -> Int { 2 + 6 * text.utf8.count }

  /// Writes a text as a JSON string.
  public mutating func put(quoted text: String) {
    put(UInt8(ascii: "\""))
    put(escaped: text)
    put(UInt8(ascii: "\""))
  }

  /// Writes a part of a JSON string.
  public mutating func put(escaped text: String) {
    var text = text
    text.withUTF8 { put(escaped: $0) }
  }

  private mutating func put(escaped bytes: UnsafeBufferPointer<UInt8>) {
    guard let start = bytes.baseAddress else { return }
    var index = 0
    // Eight at a time: mostly there is nothing in them to escape.
    while index + 8 <= bytes.count {
      let eight = UnsafeRawPointer(start + index).loadUnaligned(as: UInt64.self)
      if Self.mustEscapeAny(of: eight) {
        for byte in bytes[index..<index + 8] { put(escaped: byte) }
      } else {
        put(eight)
      }
      index += 8
    }
    while index < bytes.count {
      put(escaped: start[index])
      index += 1
    }
  }

  private mutating func put(escaped byte: UInt8) {
    guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { return put(byte) }
    switch byte {
    case UInt8(ascii: "\n"): put("\\n")
    case UInt8(ascii: "\r"): put("\\r")
    case UInt8(ascii: "\t"): put("\\t")
    case 0..<0x20:
      put("\\u00")
      for digit in [byte >> 4, byte & 15] { put((digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10) + digit) }
    default:
      put(UInt8(ascii: "\\"))
      put(byte)
    }
  }

  /// Looks at eight bytes as one number: a byte's highest bit is set in what is compared of those to be escaped.
  /// (Vectors of bytes are compared one by one, it turned out.)
  private static func mustEscapeAny(of eight: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    func isZeroByte(_ number: UInt64) -> UInt64 { (number &- ones) & ~number }
    let controls = (eight &- ones &* 0x20) & ~eight
    let quotes = isZeroByte(eight ^ (ones &* UInt64(UInt8(ascii: "\""))))
    let backslashes = isZeroByte(eight ^ (ones &* UInt64(UInt8(ascii: "\\"))))
    return (controls | quotes | backslashes) & (ones &* 0x80) != 0
  }
}
