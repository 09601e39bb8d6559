import Audio
import Support
import Testing

func measure(_ bytes: [UInt8], _ encoding: SampleEncoding) -> Levels {
  bytes.withUnsafeBytes { Levels.measure($0, encoding: encoding) }
}

func s16(_ samples: [Int16]) -> [UInt8] {
  samples.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
}

func f32(_ samples: [Float]) -> [UInt8] {
  samples.flatMap { s in (0..<4).map { UInt8(truncatingIfNeeded: s.bitPattern >> ($0 * 8)) } }
}

@Suite struct MeasureTests {
  @Test(arguments: SampleEncoding.allCases, Seed.fresh)
  func `every encoding is what a plain loop makes of it, at any length and alignment`(
    _ encoding: SampleEncoding, _ seed: Seed
  ) {
    var generator = seed.random
    for count in Array(0...67) + [4095, 4096, 4097, 9001] {
      let samples = count * encoding.sampleBytes
      let padding = count % 5
      let bytes = (0..<padding + samples).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let measured = bytes.withUnsafeBytes {
        Levels.measure(UnsafeRawBufferPointer(rebasing: $0.dropFirst(padding)), encoding: encoding)
      }
      let expected = PlainMeter.measure(Array(bytes.dropFirst(padding)), encoding)
      #expect(measured.samples == expected.samples)
      #expect(measured.peak == expected.peak)
      #expect(measured.clipped == expected.clipped)
      #expect(abs(measured.rms - expected.rms) <= 1e-12 * expected.rms, "\(count) samples")
    }
  }

  @Test func `nothing measures as silence`() {
    let levels = measure([], .s16le)
    #expect(levels == Levels())
    #expect(levels.rms == 0)
    #expect(levels.dbfs == nil)
  }

  @Test(arguments: [
    (SampleEncoding.u8, [UInt8](repeating: 128, count: 21)), (.s16le, [UInt8](repeating: 0, count: 42)),
    (.s24le, [UInt8](repeating: 0, count: 63)), (.s32le, [UInt8](repeating: 0, count: 84)),
    (.f32le, f32([Float](repeating: -0.0, count: 21))), (.mulaw, [UInt8](repeating: 0xFF, count: 21)),
  ])
  func `digital silence has no decibels`(_ encoding: SampleEncoding, _ bytes: [UInt8]) {
    let levels = measure(bytes, encoding)
    #expect(levels == Levels(samples: 21, sumOfSquares: 0, peak: 0, clipped: 0))
    #expect(levels.dbfs == nil)
  }

  @Test func `a sum too small for its samples has no decibels`() {
    let levels = Levels(samples: 16_777_216, sumOfSquares: .leastNonzeroMagnitude, peak: 0, clipped: 0)
    #expect(levels.rms == 0)
    #expect(levels.dbfs == nil)
  }

  @Test func `full scale square waves measure 0 dB`() {
    let levels = measure(s16([Int16](repeating: .min, count: 4099)), .s16le)
    #expect(levels.rms == 1)
    #expect(levels.dbfs == 0)
    #expect(levels.peak == 1)
    #expect(levels.clipped == 4099)
  }

  @Test func `the clipped samples of s16le are the three at the ends`() {
    let samples: [Int16] = [32767, 32766, -32766, -32767, -32768, 0]
    #expect(measure(s16(samples), .s16le).clipped == 3)
    // In the last of several blocks as well, and counted once only.
    let late = [Int16](repeating: 5, count: 10_000) + samples
    #expect(measure(s16(late), .s16le).clipped == 3)
    let early = samples + [Int16](repeating: 5, count: 10_000)
    #expect(measure(s16(early), .s16le).clipped == 3)
  }

  @Test func `floats from one up are clipped and keep their size`() {
    let levels = measure(f32([1, -1, 0.999_999_94, -2.5, 0]), .f32le)
    #expect(levels.clipped == 3)
    #expect(levels.peak == 2.5)
  }

  @Test func `what is no number counts as clipped and measures as nothing`() {
    let levels = measure(f32([.nan, .infinity, -.infinity, 0.5, .signalingNaN, 0, 0, 0, .nan]), .f32le)
    #expect(levels.samples == 9)
    #expect(levels.clipped == 5)
    #expect(levels.peak == 0.5)
    #expect(levels.sumOfSquares == 0.25)
    let huge = measure(f32([.greatestFiniteMagnitude, .leastNonzeroMagnitude]), .f32le)
    #expect(huge.sumOfSquares.isFinite)
    #expect(huge.clipped == 1)
  }

  @Test func `integer sums don't overflow in a chunk of the largest size`() {
    let levels = measure([UInt8](repeating: 0x80, count: StreamLayout.largestChunkBytes), .s16le)
    #expect(abs(levels.rms - 32640.0 / 32768) < 1e-12)
  }

  @Test func `levels of pieces add up to those of the whole`() {
    let bytes = s16((0..<1000).map { Int16($0 * 31 % 30_000) })
    var sum = Levels()
    for piece in stride(from: 0, to: bytes.count, by: 202) {
      sum.add(measure(Array(bytes[piece..<min(piece + 202, bytes.count)]), .s16le))
    }
    #expect(sum == measure(bytes, .s16le))
  }
}
