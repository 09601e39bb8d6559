internal import Glibc
import Testing

@testable import Audio

struct SampleWriterTests {
  private func bytes(_ samples: [Float], _ encoding: SampleEncoding) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xEE, count: samples.count * encoding.sampleBytes)
    let written = samples.withUnsafeBufferPointer { source in
      bytes.withUnsafeMutableBytes { SampleWriter.write(source, as: encoding, into: $0) }
    }
    #expect(written == bytes.count)
    return bytes
  }

  /// The integers in `bytes`, by arithmetic and not by shifting memory about.
  private func integers(_ bytes: [UInt8], width: Int) -> [Int] {
    stride(from: 0, to: bytes.count, by: width).map { start in
      let unsigned = (0..<width).reduce(0) { $0 + Int(bytes[start + $1]) * (1 << (8 * $1)) }
      return unsigned >= 1 << (8 * width - 1) ? unsigned - 1 << (8 * width) : unsigned
    }
  }

  private static let samples: [Float] = (0..<4001).map { Float(Double($0 - 2000) / 1777) } + [0.5 / 32768, 1.5 / 32768]

  @Test(arguments: [(SampleEncoding.s16le, 2), (.s24le, 3), (.s32le, 4)])
  func `integers are the nearest step, and held at full scale`(_ encoding: SampleEncoding, _ width: Int) {
    let full = pow(2.0, Double(8 * width - 1))
    let expected = Self.samples.map { Int(max(-full, min(full - 1, rint(Double($0) * full)))) }
    #expect(integers(bytes(Self.samples, encoding), width: width) == expected)
  }

  @Test func `unsigned bytes lie around 128`() {
    let expected = Self.samples.map { Int(max(0, min(255, rint(Double($0) * 128) + 128))) }
    #expect(bytes(Self.samples, .u8).map(Int.init) == expected)
  }

  @Test func `floats are written bit for bit, whatever they are`() {
    let samples: [Float] = [0, -0.0, 1.25, -3, .infinity, .leastNonzeroMagnitude]
    let expected = samples.flatMap { sample in (0..<4).map { UInt8(sample.bitPattern >> (8 * $0) & 0xFF) } }
    #expect(bytes(samples, .f32le) == expected)
  }

  @Test func `what is no number is silence, and infinity is full scale`() {
    #expect(integers(bytes([.nan, .infinity, -.infinity], .s16le), width: 2) == [0, 32767, -32768])
    #expect(bytes([.nan], .u8) == [128])
  }

  @Test func `every 16-bit sample survives reading and writing`() {
    let all = (Int16.min...Int16.max).flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    var samples = [Float](repeating: 0, count: all.count / 2)
    let count = all.withUnsafeBytes { source in
      samples.withUnsafeMutableBufferPointer { SampleDecoder.decode(source, as: .s16le, into: $0) }
    }
    #expect(count == samples.count)
    #expect(bytes(samples, .s16le) == all)
  }

  /// G.711's tables as arithmetic: what a code stands for, and half the width of what it stands for.
  private static func mulaw(_ code: Int) -> (value: Int, half: Int) {
    let inverted = 255 - code
    let step = 1 << (inverted / 16 % 8)
    let magnitude = (2 * (inverted % 16) + 33) * step - 33
    return ((inverted >= 128 ? -1 : 1) * magnitude * 4, step * 4)
  }

  private static func alaw(_ code: Int) -> (value: Int, half: Int) {
    let plain = code ^ 0x55
    let segment = plain / 16 % 8
    let step = segment == 0 ? 1 : 1 << (segment - 1)
    let magnitude = (2 * (plain % 16) + (segment == 0 ? 1 : 33)) * step
    return ((plain >= 128 ? 1 : -1) * magnitude * 8, step * 8)
  }

  @Test(arguments: [SampleEncoding.mulaw, .alaw])
  func `G.711 takes the code whose interval a sample lies in`(_ encoding: SampleEncoding) {
    let values = stride(from: -32768, through: 32767, by: 7).map { $0 }
    let codes = bytes(values.map { Float($0) / 32768 }, encoding)
    let wrong = zip(values, codes).filter { value, code in
      let (decoded, half) = encoding == .mulaw ? Self.mulaw(Int(code)) : Self.alaw(Int(code))
      // The last interval of all has no end.
      let isLast = abs(value) > 32_124 && abs(decoded) >= 32_124
      return abs(decoded - value) > half && !isLast
    }
    #expect(wrong.isEmpty, "value and code: \(wrong.prefix(10))")
  }
}
