/// Looks at the header of every frame as it comes in, before anything else is done with it (RFC 6455, 5).
///
/// States: in a header, in a payload; and for good, once the peer has broken the protocol, in `violation`.
struct FrameInspector: Equatable {
  /// How the peer broke the protocol; the raw value is told with close code 1002.
  enum Violation: String, Equatable {
    case unmasked = "a client's frames are masked"
    case masked = "a server's frames are not masked"
    case reservedBits = "no extension gives the reserved bits a meaning"
    case opcode = "unknown opcode"
    case longControl = "a control frame has at most 125 bytes"
    case fragmentedControl = "a control frame is never fragmented"
    case strayContinuation = "there is nothing to continue"
    case interruptedMessage = "a message in fragments is not over"
    case length = "a length is written in as few bytes as it needs"
    case shortClose = "a close has no body or a code"
  }

  /// Whether the frames come from a client.
  let expectsMask: Bool
  private(set) var violation: Violation?
  /// The body of the peer's close, if that is not masked.
  private(set) var closeBody: [UInt8]?
  private var opcode: UInt8 = 0
  private var headerBytesSeen = 0
  private var headerBytes = 2
  private var length: UInt64 = 0
  private var payloadLeft: UInt64 = 0
  /// Turned so that its lowest byte is for the payload's next one.
  private var mask: UInt32 = 0
  private var isInMessage = false

  init(expectsMask: Bool) {
    self.expectsMask = expectsMask
  }

  /// Takes the next bytes of the stream.
  /// - Parameter unmasked: where they lie, to have a client's payloads unmasked there and their masks made 0: then the
  /// library has nothing left to unmask, which it would do byte by byte.
  /// - Returns: how many of them are in order: all, or those before the frame that breaks the protocol.
  mutating func take(_ bytes: UnsafeRawBufferPointer, unmasked: UnsafeMutableRawPointer? = nil) -> Int {
    var offset = 0
    var frameStart = 0
    while offset < bytes.count, violation == nil {
      if payloadLeft > 0 {
        let count = Int(min(payloadLeft, UInt64(bytes.count - offset)))
        if closeBody != nil { closeBody?.append(contentsOf: bytes[offset..<offset + count]) }
        if let unmasked { unmask(UnsafeMutableRawBufferPointer(start: unmasked + offset, count: count)) }
        offset += count
        payloadLeft -= UInt64(count)
      } else {
        if headerBytesSeen == 0 { frameStart = offset }
        violation = header(bytes[offset])
        if violation != nil { return frameStart }
        if let unmasked, isInMask { unmasked.storeBytes(of: 0, toByteOffset: offset, as: UInt8.self) }
        offset += 1
      }
    }
    return offset
  }

  /// Whether the byte that `header` took last was one of the mask's.
  private var isInMask: Bool { expectsMask && (headerBytesSeen == 0 || headerBytesSeen > max(2, headerBytes - 4)) }

  private mutating func unmask(_ payload: UnsafeMutableRawBufferPointer) {
    guard mask != 0 else { return }
    FrameHeader.mask(payload, with: mask)
    let turned = UInt32(payload.count & 3) * 8
    mask = mask >> turned | mask << ((32 - turned) & 31)
  }

  private mutating func header(_ byte: UInt8) -> Violation? {
    headerBytesSeen += 1
    let maskBytes = expectsMask ? 4 : 0
    switch headerBytesSeen {
    case 1: return first(byte)
    case 2:
      if let violation = second(byte) { return violation }
    case ...(headerBytes - maskBytes):
      let isWide = headerBytes - maskBytes == 10
      if isWide, headerBytesSeen == 3, byte & 0x80 != 0 { return .length }
      length = length << 8 | UInt64(byte)
      if headerBytesSeen == headerBytes - maskBytes, length < (isWide ? 65_536 : 126) { return .length }
    default: mask = mask >> 8 | UInt32(byte) << 24
    }
    if headerBytesSeen == headerBytes {
      headerBytesSeen = 0
      payloadLeft = length
    }
    return nil
  }

  private mutating func first(_ byte: UInt8) -> Violation? {
    let isFinal = byte & 0x80 != 0
    opcode = byte & 0x0F
    if byte & 0x70 != 0 { return .reservedBits }
    switch opcode {
    case 0: if !isInMessage { return .strayContinuation }
    case 1, 2: if isInMessage { return .interruptedMessage }
    case 8, 9, 10: return isFinal ? nil : .fragmentedControl
    default: return .opcode
    }
    isInMessage = !isFinal
    return nil
  }

  private mutating func second(_ byte: UInt8) -> Violation? {
    if (byte & 0x80 != 0) != expectsMask { return expectsMask ? .unmasked : .masked }
    let short = byte & 0x7F
    if opcode >= 8, short > 125 { return .longControl }
    if opcode == 8 {
      if short == 1 { return .shortClose }
      if !expectsMask { closeBody = [] }
    }
    headerBytes = 2 + (short == 126 ? 2 : short == 127 ? 8 : 0) + (expectsMask ? 4 : 0)
    length = short < 126 ? UInt64(short) : 0
    return nil
  }
}
