internal import IO

/// Messages are written as frames straight into the stream's output.
extension WebSocketPeer {
  /// Queues one text message. It must be UTF-8.
  /// - Parameter mayWait: another message is expected soon, and both may leave together: 1 to 2 ms later at most.
  public func send(text bytes: UnsafeRawBufferPointer, mayWait: Bool = false) {
    guard isOpen else { return }
    send(.text, bytes, mayWait: mayWait)
  }

  public func send(text: String, mayWait: Bool = false) {
    var text = text
    text.withUTF8 { send(text: UnsafeRawBufferPointer($0), mayWait: mayWait) }
  }

  public func send(binary bytes: UnsafeRawBufferPointer) {
    guard isOpen else { return }
    send(.binary, bytes)
  }

  /// Queues one text message that `write` puts straight into the output: it gets `capacity` bytes and returns how many
  /// it used.
  /// - Parameter mayWait: as above.
  public func send(
    textUpTo capacity: Int, mayWait: Bool = false, _ write: (UnsafeMutableRawBufferPointer) -> Int
  ) {
    guard isOpen, let bytes else { return }
    let mask = masks?.next()
    let reserved = FrameHeader.size(payloadBytes: capacity, masked: mask != nil)
    let start = bytes.room(reserved + capacity)
    let used = write(UnsafeMutableRawBufferPointer(start: start + reserved, count: capacity))
    precondition((0...capacity).contains(used), "A message is longer than the room asked for.")
    // A message much shorter than its room has a shorter header: it moves up to it.
    let header = FrameHeader.size(payloadBytes: used, masked: mask != nil)
    if header != reserved { (start + header).copyMemory(from: start + reserved, byteCount: used) }
    finishFrame(.text, at: start, payloadBytes: used, mask: mask)
    bytes.queue(header + used, mayWait: mayWait)
  }

  func send(_ opcode: FrameHeader.Opcode, _ payload: UnsafeRawBufferPointer, mayWait: Bool = false) {
    guard let bytes else { return }
    let mask = masks?.next()
    let header = FrameHeader.size(payloadBytes: payload.count, masked: mask != nil)
    let start = bytes.room(header + payload.count)
    if let source = payload.baseAddress { (start + header).copyMemory(from: source, byteCount: payload.count) }
    finishFrame(opcode, at: start, payloadBytes: payload.count, mask: mask)
    bytes.queue(header + payload.count, mayWait: mayWait)
  }

  @inline(__always)
  private func finishFrame(
    _ opcode: FrameHeader.Opcode, at start: UnsafeMutableRawPointer, payloadBytes: Int, mask: UInt32?
  ) {
    let header = FrameHeader.write(opcode, payloadBytes: payloadBytes, mask: mask, to: start)
    if let mask {
      UnsafeMutableRawBufferPointer(start: start + header, count: payloadBytes).xor(mask)
    }
  }

  /// Asks the peer for a sign of life.
  func ping() { withUnsafeBytes(of: UInt8(ascii: "?")) { send(.ping, $0) } }
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
}
