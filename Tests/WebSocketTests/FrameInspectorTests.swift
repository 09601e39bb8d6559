import Testing

@testable import WebSocket

struct FrameInspectorTests {
  /// Feeds bytes in pieces of one size; how many were in order, and what was wrong.
  private func inspect(
    _ bytes: [UInt8], pieces: Int = .max, expectsMask: Bool = true
  ) -> (good: Int, violation: FrameInspector.Violation?, closeBody: [UInt8]?) {
    var inspector = FrameInspector(expectsMask: expectsMask)
    var good = 0
    var rest = bytes[...]
    while !rest.isEmpty, inspector.violation == nil {
      let piece = Array(rest.prefix(pieces))
      rest = rest.dropFirst(pieces)
      good += piece.withUnsafeBytes { inspector.take($0) }
    }
    return (good, inspector.violation, inspector.closeBody)
  }

  private func frame(
    _ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true, masked: Bool = true, reserved: UInt8 = 0
  ) -> [UInt8] {
    RawClient.frame(opcode, payload, isFinal: isFinal, masked: masked, reserved: reserved)
  }

  @Test(arguments: [1, 2, 3, 7, .max])
  func `a well-formed stream passes whole, however it is cut`(pieces: Int) {
    let stream =
      frame(2, [1, 2, 3]) + frame(1, []) + frame(2, [UInt8](repeating: 7, count: 200), isFinal: false)
      + frame(9, [UInt8](repeating: 1, count: 125)) + frame(0, [], isFinal: false)
      + frame(0, [UInt8](repeating: 9, count: 70_000)) + frame(10, []) + frame(8, [3, 232])
    let result = inspect(stream, pieces: pieces)
    #expect(result.good == stream.count)
    #expect(result.violation == nil)
  }

  @Test(arguments: [1, 2, 3, 7, 64, 1000, .max])
  func `payloads are unmasked where they lie and masks made 0, however they are cut`(pieces: Int) {
    let payloads = [0, 1, 5, 125, 126, 1001, 70_000].map { count in
      (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) }
    }
    var masked: [UInt8] = []
    var unmasked: [UInt8] = []
    for (index, payload) in payloads.enumerated() {
      let mask = UInt32(truncatingIfNeeded: 0x9E37_79B9 &* (index + 1))
      var head = [UInt8](repeating: 0, count: FrameHeader.size(payloadBytes: payload.count, masked: true))
      _ = head.withUnsafeMutableBytes {
        FrameHeader.write(.binary, payloadBytes: payload.count, mask: mask, to: $0.baseAddress.unsafelyUnwrapped)
      }
      masked += head
      unmasked += head.dropLast(4) + [0, 0, 0, 0] + payload
      masked += payload.enumerated().map { $1 ^ UInt8(truncatingIfNeeded: mask >> (8 * UInt32($0 & 3))) }
    }
    var inspector = FrameInspector(expectsMask: true)
    var seen: [UInt8] = []
    var rest = masked[...]
    while !rest.isEmpty {
      var piece = Array(rest.prefix(pieces))
      rest = rest.dropFirst(pieces)
      let good = piece.withUnsafeMutableBytes { inspector.take(UnsafeRawBufferPointer($0), unmasked: $0.baseAddress) }
      #expect(good == piece.count)
      seen += piece
    }
    #expect(inspector.violation == nil)
    #expect(seen == unmasked)
  }

  private static let violations: [(bytes: [UInt8], violation: FrameInspector.Violation)] = [
    ([0x82, 0x02], .unmasked), ([0x89, 0x00], .unmasked), ([0xC2], .reservedBits), ([0xA2], .reservedBits),
    ([0x92], .reservedBits), ([0x83], .opcode), ([0x8B], .opcode), ([0x8F], .opcode), ([0x89, 0xFE], .longControl),
    ([0x88, 0xFF], .longControl), ([0x09], .fragmentedControl), ([0x80], .strayContinuation),
    ([0x88, 0x81], .shortClose), ([0x02, 0x80, 0, 0, 0, 0, 0x82], .interruptedMessage),
    ([0x82, 0xFE, 0, 125], .length), ([0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], .length),
    ([0x82, 0xFF, 0x80], .length),
  ]

  @Test(arguments: violations.indices)
  func `what breaks the protocol is found at its first byte that does, and what came before it passes`(index: Int) {
    let (bytes, violation) = Self.violations[index]
    let before = frame(2, [1, 2, 3]) + frame(9, [])
    let whole = inspect(before + bytes + [1, 2, 3, 4, 5])
    #expect(whole.violation == violation)
    #expect(whole.good <= before.count + 6)  // One of them begins with a frame that is in order.
    #expect(inspect(before + bytes, pieces: 1).violation == violation)
    #expect(inspect(before + bytes.dropLast(), pieces: 1).violation == nil)
  }

  @Test func `a server's frames are not masked, and its close is remembered`() {
    let close: [UInt8] = [0x88, 5, 0x03, 0xF5] + Array("why".utf8)
    for pieces in [1, 3, .max] {
      let result = inspect([0x81, 2, 65, 66] + close, pieces: pieces, expectsMask: false)
      #expect(result.violation == nil)
      #expect(result.closeBody == [0x03, 0xF5] + Array("why".utf8))
    }
    #expect(inspect(frame(2, [1]), expectsMask: false).violation == .masked)
  }

  @Test func `the watch on a server's answer has the refusal's body and the close's code`() {
    let refused = ResponseWatch(descriptor: -1)
    for piece in ["HTTP/1.1 401 Un", "authorized\r\ncontent-length: 2\r\n\r", "\n{", "}"] {
      Array(piece.utf8).withUnsafeBytes { refused.look($0) }
    }
    #expect(refused.body == "{}")
    #expect(refused.closeCode == nil)
    let opened = ResponseWatch(descriptor: -1)
    let bytes = Array("HTTP/1.1 101 Switching\r\n\r\n".utf8) + [0x81, 1, 65, 0x88, 2, 0x03, 0xF5]
    for byte in bytes { withUnsafeBytes(of: byte) { opened.look($0) } }
    #expect(opened.body == nil)
    #expect(opened.closeCode == 1013)
  }
}
