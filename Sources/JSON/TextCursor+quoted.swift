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
    // Without a copy, unless it comes from elsewhere than Swift.
    if text.utf8.withContiguousStorageIfAvailable({ put(escaped: $0) }) == nil {
      var text = text
      text.withUTF8 { put(escaped: $0) }
    }
  }

  private mutating func put(escaped bytes: UnsafeBufferPointer<UInt8>) {
    // Mostly there is nothing to escape.
    guard Self.mustEscapeAny(of: bytes) else { return put(bytes) }
    for byte in bytes { put(escaped: byte) }
  }

  private mutating func put(escaped byte: UInt8) {
    guard Self.mustEscape(byte) else { return put(byte) }
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

  private static func mustEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private static func mustEscapeAny(of bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard bytes.count >= 8, let start = bytes.baseAddress.map(UnsafeRawPointer.init) else {
      return bytes.contains(where: mustEscape)
    }
    let last = start + bytes.count - 8
    var place = start
    // The last eight, some of them once more.
    var found = escapes(in: last.loadUnaligned(as: UInt64.self))
    while place < last {
      found |= escapes(in: place.loadUnaligned(as: UInt64.self))
      place += 8
    }
    return found != 0
  }

  /// Looks at eight bytes as one number: not 0 if one of them must be escaped, whose highest bit is set then.
  /// (Vectors of bytes are compared one by one, it turned out.)
  private static func escapes(in eight: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    // Each subtraction leaves the highest bit of a byte that is too small, and of some that have it already.
    let controls = eight &- ones &* 0x20
    let quotes = (eight ^ (ones &* UInt64(UInt8(ascii: "\"")))) &- ones
    let backslashes = (eight ^ (ones &* UInt64(UInt8(ascii: "\\")))) &- ones
    return (controls | quotes | backslashes) & ~eight & (ones &* 0x80)
  }
}
