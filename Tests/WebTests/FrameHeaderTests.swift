import Testing

@testable import Web

struct FrameHeaderTests {
  private func header(_ bytes: Int, mask: UInt32? = nil, opcode: FrameHeader.Opcode = .text) -> [UInt8] {
    var target = [UInt8](repeating: 0xEE, count: FrameHeader.maximumBytes)
    let size = target.withUnsafeMutableBytes {
      FrameHeader.write(opcode, payloadBytes: bytes, mask: mask, to: $0.baseAddress!)
    }
    #expect(size == FrameHeader.size(payloadBytes: bytes, masked: mask != nil))
    return Array(target[..<size])
  }

  @Test func `the length takes two, four or ten bytes`() {
    #expect(header(0) == [0x81, 0])
    #expect(header(125) == [0x81, 125])
    #expect(header(126) == [0x81, 126, 0, 126])
    #expect(header(65535) == [0x81, 126, 0xFF, 0xFF])
    #expect(header(65536) == [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0])
  }

  @Test func `a client's header carries the mask bit and the mask`() {
    #expect(header(3, mask: 0x0403_0201, opcode: .binary) == [0x82, 0x83, 1, 2, 3, 4])
    #expect(header(0, opcode: .ping) == [0x89, 0])
  }

  @Test(arguments: 0...40) func `masking is XOR with the mask, byte by byte, and its own inverse`(count: Int) {
    let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
    let mask = UInt32(0x3D21_FA37)
    let plain = (0..<count).map { UInt8($0 * 5) }
    var bytes = plain
    bytes.withUnsafeMutableBytes { $0.xor(mask) }
    #expect(bytes == plain.enumerated().map { $1 ^ key[$0 & 3] })
    bytes.withUnsafeMutableBytes { $0.xor(mask) }
    #expect(bytes == plain)
  }
}
