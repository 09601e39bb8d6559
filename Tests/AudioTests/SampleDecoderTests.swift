import Audio
import Testing

@Suite struct SampleDecoderTests {
  private func linear(_ codes: [UInt8], _ encoding: SampleEncoding) -> [Int] {
    decode(codes, encoding).map { Int($0 * 32768) }
  }

  private func decode(_ bytes: [UInt8], _ encoding: SampleEncoding) -> [Float] {
    var floats: [Float] = []
    bytes.withUnsafeBytes { SampleDecoder.append($0, encoding: encoding, to: &floats) }
    return floats
  }

  @Test func `μ-law decodes as G.711's table says`() {
    #expect(
      linear([0x00, 0x01, 0x0F, 0x10, 0x7E, 0x7F, 0x80, 0x81, 0x8F, 0x90, 0xEF, 0xF0, 0xFE, 0xFF], .mulaw)
        == [-32124, -31100, -16764, -15996, -8, 0, 32124, 31100, 16764, 15996, 132, 120, 8, 0])
  }

  @Test func `A-law decodes as G.711's table says`() {
    #expect(
      linear([0x00, 0x01, 0x02, 0x03, 0x2A, 0x55, 0x80, 0x81, 0xAA, 0xD4, 0xD5], .alaw)
        == [-5504, -5248, -6016, -5760, -32256, -8, 5504, 5248, 32256, 24, 8])
  }

  @Test(arguments: SampleEncoding.allCases)
  func `samples become floats of full scale one`(_ encoding: SampleEncoding) {
    let bytes = (0..<3 * 4 * 77).map { UInt8(truncatingIfNeeded: $0 * 37 + $0 / 256) }
    let expected = stride(from: 0, to: bytes.count, by: encoding.sampleBytes).map {
      let value = Float(PlainMeter.number(Array(bytes[$0..<$0 + encoding.sampleBytes]), encoding))
      return value.isFinite ? value : 0
    }
    #expect(decode(bytes, encoding) == expected)
  }

  @Test func `samples are appended to what is there`() {
    var floats: [Float] = [0.25]
    s16([16384, -32768]).withUnsafeBytes { SampleDecoder.append($0, encoding: .s16le, to: &floats) }
    #expect(floats == [0.25, 0.5, -1])
  }
}
