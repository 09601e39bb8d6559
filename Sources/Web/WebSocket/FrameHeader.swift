/// What a message is: bytes, or text in UTF-8.
public enum MessageKind: Equatable, Sendable {
  case binary, text
}

/// The first bytes of a frame that we send (RFC 6455, 5.2). We only send whole messages, so every frame is final.
enum FrameHeader {
  enum Opcode: UInt8 {
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA
  }

  /// A client's header with the longest length: 2 + 8 + 4 bytes.
  static let maximumBytes = 14

  static func size(payloadBytes: Int, masked: Bool) -> Int {
    (payloadBytes < 126 ? 2 : payloadBytes < 65536 ? 4 : 10) + (masked ? 4 : 0)
  }

  /// Writes the header to the start of `target` and returns its size. A mask, given in memory order, makes it a
  /// client's.
  @inline(__always)
  static func write(_ opcode: Opcode, payloadBytes: Int, mask: UInt32? = nil, to target: UnsafeMutableRawPointer) -> Int
  {
    let maskBit: UInt8 = mask == nil ? 0 : 0x80
    target.storeBytes(of: 0x80 | opcode.rawValue, as: UInt8.self)
    var size: Int
    if payloadBytes < 126 {
      target.storeBytes(of: maskBit | UInt8(truncatingIfNeeded: payloadBytes), toByteOffset: 1, as: UInt8.self)
      size = 2
    } else if payloadBytes < 65536 {
      target.storeBytes(of: maskBit | 126, toByteOffset: 1, as: UInt8.self)
      target.storeBytes(of: UInt16(truncatingIfNeeded: payloadBytes).bigEndian, toByteOffset: 2, as: UInt16.self)
      size = 4
    } else {
      target.storeBytes(of: maskBit | 127, toByteOffset: 1, as: UInt8.self)
      target.storeBytes(of: UInt64(payloadBytes).bigEndian, toByteOffset: 2, as: UInt64.self)
      size = 10
    }
    if let mask {
      target.storeBytes(of: mask, toByteOffset: size, as: UInt32.self)
      size += 4
    }
    return size
  }

  /// XORs the payload with the mask (5.3): many bytes at a time, because all audio goes through here, at both ends.
  static func mask(_ payload: UnsafeMutableRawBufferPointer, with mask: UInt32) {
    guard let base = payload.baseAddress else { return }
    let wide = SIMD16<UInt32>(repeating: mask)
    var offset = 0
    while offset + 64 <= payload.count {
      let words = base.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt32>.self)
      base.storeBytes(of: words ^ wide, toByteOffset: offset, as: SIMD16<UInt32>.self)
      offset += 64
    }
    while offset + 4 <= payload.count {
      let word = base.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
      base.storeBytes(of: word ^ mask, toByteOffset: offset, as: UInt32.self)
      offset += 4
    }
    while offset < payload.count {
      let byte = UInt8(truncatingIfNeeded: mask >> (8 * UInt32(offset & 3)))
      base.storeBytes(
        of: base.load(fromByteOffset: offset, as: UInt8.self) ^ byte, toByteOffset: offset, as: UInt8.self)
      offset += 1
    }
  }
}
