import Testing

@testable import IO

struct OutputBufferTests {
  private func append(_ bytes: [UInt8], to buffer: inout OutputBuffer, _ pool: BlockPool) {
    bytes.withUnsafeBytes { buffer.append($0, from: pool) }
  }

  @Test func `what is appended is written in order, however little of it at a time`() {
    let pool = BlockPool()
    var buffer = OutputBuffer()
    defer { buffer.discard() }
    var expected: [UInt8] = []
    var written: [UInt8] = []
    for number in 0..<400 {
      let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number * 7 % 1000)
      expected += bytes
      append(bytes, to: &buffer, pool)
      let count = min(buffer.count, number * 3)
      written += buffer.bytes.prefix(count)
      buffer.consume(count, to: pool)
    }
    written += buffer.bytes
    buffer.consume(buffer.count, to: pool)
    #expect(written == expected)
    #expect(buffer.count == 0)
  }

  @Test func `an empty buffer holds no memory: its block serves the next one`() {
    let pool = BlockPool()
    var first = OutputBuffer()
    append([1, 2, 3], to: &first, pool)
    let block = first.bytes.baseAddress
    first.consume(3, to: pool)
    #expect(first.bytes.baseAddress == nil)
    var second = OutputBuffer()
    append([4], to: &second, pool)
    #expect(second.bytes.baseAddress == block)
    second.discard()
  }
}
