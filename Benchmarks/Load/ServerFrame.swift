/// The first frame in bytes from the server (RFC 6455, 5.2).
enum ServerFrame {
  case incomplete
  /// Masked, fragmented, or with bits that were not negotiated.
  case invalid
  /// `size` is the whole frame's.
  case frame(opcode: UInt8, payload: UnsafeRawBufferPointer, size: Int)

  /// The longest reply accepted; the service's are under 400 bytes.
  static let largestBytes = 4096

  @inline(__always)
  static func first(in bytes: UnsafeRawBufferPointer) -> ServerFrame {
    guard bytes.count >= 2 else { return .incomplete }
    let head = bytes[0]
    let short = Int(bytes[1])
    guard head & 0xf0 == 0x80, short < 127 else { return .invalid }
    var header = 2
    var length = short
    if short == 126 {
      guard bytes.count >= 4 else { return .incomplete }
      header = 4
      length = Int(bytes[2]) << 8 | Int(bytes[3])
      guard length <= largestBytes - header else { return .invalid }
    }
    guard bytes.count >= header + length else { return .incomplete }
    return .frame(
      opcode: head & 15, payload: UnsafeRawBufferPointer(rebasing: bytes[header..<header + length]),
      size: header + length)
  }
}
