import Audio
import Resampling
import Testing

@testable import Capture

struct ResamplerTests {
  private func resample(_ samples: [Double], _ from: Int, _ to: Int, channels: Int, piece: Int) throws -> [Double] {
    var resampler = try Resampler(from: from, to: to, channels: channels)
    var out: [Double] = []
    let floats = samples.map { Float($0) }
    var start = 0
    while start < floats.count {
      let end = min(start + piece * channels, floats.count)
      floats[start..<end].withUnsafeBufferPointer { resampler.process($0) { out += $0.map(Double.init) } }
      start = end
    }
    resampler.finish { out += $0.map(Double.init) }
    return out
  }

  @Test(arguments: [(48_000, 16_000), (44_100, 16_000), (16_000, 48_000), (8_000, 44_100), (384_000, 8_000)])
  func `a tone keeps its frequency, its level and its length`(_ from: Int, _ to: Int) throws {
    let tone = SoundMeasure.sine(1000, amplitude: 0.5, rate: from, frames: from)
    let out = try resample(tone, from, to, channels: 1, piece: 777)
    #expect(abs(out.count - to) <= 2)
    let middle = Array(out[(to / 10)..<(to * 9 / 10)])
    #expect(abs(SoundMeasure.hertz(middle, rate: to) - 1000) < 0.05)
    #expect(abs(SoundMeasure.rms(middle) - 0.5 / 2.0.squareRoot()) < 0.0005)
  }

  @Test func `what the new rate can't carry is taken out`() throws {
    let tone = SoundMeasure.sine(10_000, amplitude: 0.9, rate: 48_000, frames: 48_000)
    let out = try resample(tone, 48_000, 16_000, channels: 1, piece: 960)
    #expect(SoundMeasure.rms(Array(out[2000..<14_000])) < 0.0001)
  }

  @Test func `channels do not mix`() throws {
    let tone = SoundMeasure.sine(440, amplitude: 0.5, rate: 48_000, frames: 48_000)
    let out = try resample(tone.flatMap { [$0, 0.0] }, 48_000, 16_000, channels: 2, piece: 480)
    let left = stride(from: 0, to: out.count, by: 2).map { out[$0] }
    let right = stride(from: 1, to: out.count, by: 2).map { out[$0] }
    #expect(abs(SoundMeasure.hertz(Array(left[1000..<15_000]), rate: 16_000) - 440) < 0.05)
    #expect(SoundMeasure.rms(right) < 1e-6)
  }

  @Test func `pieces of any size give the same sound`() throws {
    let tone = SoundMeasure.sine(300, amplitude: 0.7, rate: 44_100, frames: 20_000)
    let whole = try resample(tone, 44_100, 16_000, channels: 1, piece: 20_000)
    let crumbs = try resample(tone, 44_100, 16_000, channels: 1, piece: 13)
    #expect(whole.count == crumbs.count)
    #expect(zip(whole, crumbs).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  /// Milliseconds: what comes with a chunk's last samples is sent with it, or a period later.
  @Test(arguments: [(48_000, 16.0), (44_100, 17.0), (96_000, 31.0)])
  func `little of a live sound is held back`(_ rate: Int, _ most: Double) throws {
    var resampler = try Resampler(from: rate, to: 16_000, channels: 1)
    let period = [Float](repeating: 0.1, count: rate / 50)
    var made = 0
    var heldBack: [Double] = []
    for periods in 1...200 {
      period.withUnsafeBufferPointer { resampler.process($0) { made += $0.count } }
      heldBack.append(Double(periods) * 20 - Double(made) / 16)
    }
    #expect(try #require(heldBack.max()) <= most)
  }

  @Test func `an impossible rate is refused with soxr's words`() throws {
    let wanted = AudioFormat(sampleRate: 16_000, channels: 1, encoding: .s16le)
    let error = #expect(throws: CaptureError.self) { _ = try StreamConverter(fromRate: 0, channels: 1, to: wanted) }
    guard case .noConversion(let failure)? = error else { return }
    #expect(failure.call == "soxr_create")
  }

  @Test func `a stream is mixed, resampled and encoded in one go`() throws {
    let wanted = AudioFormat(sampleRate: 16_000, channels: 1, encoding: .s16le)
    var converter = try StreamConverter(fromRate: 48_000, channels: 2, to: wanted)
    let tone: [Float] = SoundMeasure.sine(500, amplitude: 0.8, rate: 48_000, frames: 48_000).flatMap {
      [Float($0), 0 as Float]
    }
    var bytes: [UInt8] = []
    tone.withUnsafeBufferPointer { converter.convert($0) { bytes += $0 } }
    converter.finish { bytes += $0 }
    let samples = SoundMeasure.s16(bytes)
    #expect(abs(samples.count - 16_000) <= 2)
    #expect(abs(SoundMeasure.rms(Array(samples[1600..<14_400])) - 0.4 / 2.0.squareRoot()) < 0.0005)
  }
}
