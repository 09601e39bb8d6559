/// Chunks ready to send, in a row: binary frames, all the same, masked as a client's must be.
///
/// They are built once, and one send may begin in the middle of one and end in the middle of another.
struct FrameTrain: ~Copyable {
  static let largestHeaderBytes = 14
  /// No zero byte, so that a server that does not unmask is detected.
  static let mask: [UInt8] = [0x37, 0xfa, 0x21, 0x3d]

  let frameBytes: Int
  let bytes: UnsafeMutableRawBufferPointer

  init(_ plan: LoadPlan) {
    let frame = Self.frame(opcode: 0x82, Self.noise(bytes: plan.chunkBytes))
    frameBytes = frame.count
    bytes = .allocate(byteCount: frame.count * plan.trainFrames, alignment: 64)
    for index in 0..<plan.trainFrames {
      UnsafeMutableRawBufferPointer(rebasing: bytes[(index * frameBytes)...]).copyBytes(from: frame)
    }
  }

  deinit { bytes.deallocate() }

  /// The next bytes of `pending` frames; `offset` bytes of the first have been sent.
  @inline(__always)
  func next(pending: Int, offset: Int) -> UnsafeRawBufferPointer {
    let end = min(pending * frameBytes, bytes.count)
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<end])
  }

  /// A client's frame (RFC 6455, 5.2); `opcode` is its first byte.
  static func frame(opcode: UInt8, _ payload: [UInt8]) -> [UInt8] {
    var frame: [UInt8] = [opcode]
    let lengthBytes = payload.count < 126 ? 0 : payload.count < 65_536 ? 2 : 8
    frame.append(0x80 | (lengthBytes == 0 ? UInt8(payload.count) : lengthBytes == 2 ? 126 : 127))
    for shift in stride(from: (lengthBytes - 1) * 8, through: 0, by: -8) {
      frame.append(UInt8(truncatingIfNeeded: payload.count >> shift))
    }
    frame += mask
    for (index, byte) in payload.enumerated() { frame.append(byte ^ mask[index & 3]) }
    return frame
  }

  /// Samples of 16 bits at half of full scale, the same in each run (Knuth's MMIX generator).
  static func noise(bytes: Int) -> [UInt8] {
    var state: UInt64 = 1
    return (0..<bytes).map { index in
      if index & 1 == 0 { state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407 }
      let sample = Int16(truncatingIfNeeded: state >> 40) / 2
      return UInt8(truncatingIfNeeded: index & 1 == 0 ? sample : sample >> 8)
    }
  }
}
