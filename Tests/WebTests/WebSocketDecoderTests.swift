import Testing

@testable import Web

struct WebSocketDecoderTests {
  /// Feeds bytes in pieces of one size; every event, as text.
  private func events(
    _ bytes: [UInt8], pieces: Int = .max, expectsMask: Bool = true, binary: Int = 1 << 20, text: Int = 1 << 20
  ) -> [String] {
    var decoder = WebSocketDecoder(expectsMask: expectsMask, maximumBinaryBytes: binary, maximumTextBytes: text)
    defer { decoder.release() }
    var found: [String] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      var piece = Array(rest.prefix(pieces))
      rest = rest.dropFirst(pieces)
      piece.withUnsafeMutableBytes { buffer in
        var input = buffer
        while true {
          switch decoder.next(&input) {
          case .more: return
          case .message(let kind, let bytes): found.append(describe(bytes, kind))
          case .ping(let body): found.append("ping \(body)")
          case .pong: found.append("pong")
          case .close(let frame): found.append("close \(frame.code.map { "\($0)" } ?? "none") \(frame.reason)")
          case .tooLarge(let kind, let limit): found.append("too large \(kind) \(limit)")
          case .violation(let violation): found.append(violation.rawValue)
          }
        }
      }
    }
    return found
  }

  private func frame(
    _ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true, masked: Bool = true, reserved: UInt8 = 0
  ) -> [UInt8] {
    RawClient.frame(opcode, payload, isFinal: isFinal, masked: masked, reserved: reserved)
  }

  @Test(arguments: [1, 2, 3, 7, 64, 1000, .max], [true, false])
  func `a stream has the same messages however it is cut`(pieces: Int, masked: Bool) {
    let counted = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    var stream: [UInt8] = []
    var expected: [String] = []
    for count in [0, 1, 5, 125, 126, 1001, 65_535, 65_536, 70_000] {
      let payload = Array(counted.prefix(count))
      stream += frame(2, payload, masked: masked) + frame(1, [65], masked: masked)
      expected += [payload.withUnsafeBytes { describe($0, .binary) }, "text 1: 65"]
    }
    stream += frame(2, [7, 7], isFinal: false, masked: masked) + frame(9, [1, 2], masked: masked)
    stream += frame(0, [], isFinal: false, masked: masked) + frame(0, [9], masked: masked)
    stream += frame(10, [1], masked: masked) + frame(1, [], isFinal: false, masked: masked)
    stream += frame(0, [], masked: masked) + frame(8, [3, 232] + Array("bye".utf8), masked: masked)
    expected += ["ping [1, 2]", "binary 3: 23", "pong", "text 0: 0", "close 1000 bye"]
    #expect(events(stream + [1, 2, 3], pieces: pieces, expectsMask: masked) == expected)
  }

  private static let violations: [(bytes: [UInt8], violation: WebSocketDecoder.Violation)] = [
    ([0x82, 0x02], .unmasked), ([0x89, 0x00], .unmasked), ([0xC2], .reservedBits), ([0xA2], .reservedBits),
    ([0x92], .reservedBits), ([0x83], .opcode), ([0x8B], .opcode), ([0x8F], .opcode), ([0x89, 0xFE], .longControl),
    ([0x88, 0xFF], .longControl), ([0x09], .fragmentedControl), ([0x80], .strayContinuation),
    ([0x88, 0x81], .shortClose), ([0x02, 0x80, 0, 0, 0, 0, 0x82], .interruptedMessage),
    ([0x82, 0xFE, 0, 125], .length), ([0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], .length),
    ([0x82, 0xFF, 0x80], .hugeLength), ([0x88, 0x82, 0, 0, 0, 0, 3, 237], .closeCode),
  ]

  @Test(arguments: violations.indices)
  func `what breaks the protocol is found at its first byte that does, after what came before`(index: Int) {
    let (bytes, violation) = Self.violations[index]
    let before = frame(2, [1, 2, 3]) + frame(9, [])
    let expected = ["binary 3: 6", "ping []", violation.rawValue]
    #expect(events(before + bytes + [1, 2, 3, 4, 5, 6, 7, 8, 9]) == expected)
    #expect(events(before + bytes, pieces: 1) == expected)
    #expect(events(before + bytes.dropLast(), pieces: 1) == Array(expected.dropLast()))
  }

  @Test func `a server's frames are not masked`() {
    #expect(events(frame(2, [1, 2, 3, 4, 5, 6]), expectsMask: false) == ["a server's frames must not be masked"])
  }

  @Test(arguments: [1000, 1001, 1003, 1007, 1011, 1012, 1013, 1014, 3000, 4999])
  func `a close has its code and reason`(code: Int) {
    let body = CloseFrame.body(code: code, reason: "why")
    #expect(events(frame(8, body)) == ["close \(code) why"])
  }

  @Test(arguments: [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65535])
  func `a close with a code that must not be sent breaks the protocol`(code: Int) {
    #expect(events(frame(8, CloseFrame.body(code: code, reason: ""))) == ["invalid close code"])
  }

  @Test func `a reason that is too long is cut between characters`() {
    let body = CloseFrame.body(code: 1000, reason: String(repeating: "ä", count: 100))
    #expect(body.count == 124)
    #expect(CloseFrame(body)?.reason == String(repeating: "ä", count: 61))
    #expect(CloseFrame.body(code: nil, reason: "why").isEmpty)
    #expect(CloseFrame([])?.code == nil)
    #expect(CloseFrame([3, 232, 0xFF])?.isReasonInvalid == true)
  }

  @Test(arguments: [1, 5, .max])
  func `a message over its limit is reported once, and the next is read`(pieces: Int) {
    let large = frame(2, [UInt8](repeating: 1, count: 11))
    let split = frame(1, [1, 2, 3], isFinal: false) + frame(0, [4, 5, 6], isFinal: false) + frame(0, [7])
    #expect(
      events(large + split + frame(2, [1]), pieces: pieces, binary: 10, text: 5)
        == ["too large binary 10", "too large text 5", "binary 1: 1"])
    // Its announced length is enough.
    #expect(events([0x82, 0xFF, 0x7F, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 9]) == ["too large binary 1048576"])
  }
}
