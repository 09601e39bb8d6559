import Audio
import Testing

@testable import Client

struct MeterTests {
  private func levels(_ amplitude: Double, peak: Double? = nil, clipped: Int = 0) -> Levels {
    Levels(samples: 320, sumOfSquares: 320 * amplitude * amplitude, peak: peak ?? amplitude, clipped: clipped)
  }

  private func fed(_ amplitude: Double, until end: Int = 50) -> Meter {
    var meter = Meter()
    for step in 0...end { meter.take(levels(amplitude), seconds: 0.02, at: .milliseconds(step * 20)) }
    return meter
  }

  private func isNear(_ value: Double?, _ wanted: Double) -> Bool {
    value.map { ($0 - wanted).magnitude < 0.1 } ?? false
  }

  @Test func `a steady tone shows its level`() {
    let reading = fed(0.1).reading(at: .seconds(1))
    #expect(isNear(reading.level, -20))
    #expect(isNear(reading.peak, -20))
    #expect(!reading.isClipping)
  }

  @Test func `the level follows within tenths of a second, in both directions`() {
    var meter = fed(0.5)
    for step in 51...80 { meter.take(levels(0.005), seconds: 0.02, at: .milliseconds(step * 20)) }
    #expect(meter.reading(at: .milliseconds(1600)).level.map { $0 < -30 } == true)
  }

  @Test func `a peak is held, then falls, and a higher one takes its place`() {
    var meter = fed(0.01)
    meter.take(levels(0.01, peak: 0.5), seconds: 0.02, at: .seconds(1))
    for step in 51...200 { meter.take(levels(0.01), seconds: 0.02, at: .milliseconds(step * 20)) }
    #expect(isNear(meter.reading(at: .seconds(1)).peak, -6.02))
    var held = fed(0.01)
    held.take(levels(0.01, peak: 0.5), seconds: 0.02, at: .seconds(1))
    held.take(levels(0.01), seconds: 0.02, at: .seconds(2.4))
    #expect(isNear(held.reading(at: .seconds(2.4)).peak, -6.02))
    held.take(levels(0.01), seconds: 0.02, at: .seconds(3))
    #expect(isNear(held.reading(at: .seconds(3)).peak, -16.02))
    held.take(levels(0.01, peak: 0.9), seconds: 0.02, at: .seconds(3.1))
    #expect(isNear(held.reading(at: .seconds(3.1)).peak, -0.92))
  }

  @Test func `the clip mark stays three seconds`() {
    var meter = fed(1)
    meter.take(levels(1, clipped: 4), seconds: 0.02, at: .seconds(1))
    for step in 51...250 { meter.take(levels(0.1), seconds: 0.02, at: .milliseconds(step * 20)) }
    #expect(meter.clippedSamples == 4)
    #expect(!meter.reading(at: .seconds(5)).isClipping)
    var soon = fed(1)
    soon.take(levels(1, clipped: 4), seconds: 0.02, at: .seconds(1))
    #expect(soon.reading(at: .seconds(1.4)).isClipping)
  }

  @Test func `silence and missing audio have no level`() {
    #expect(Meter().reading(at: .zero) == Meter.Reading())
    #expect(fed(0).reading(at: .seconds(1)).level == nil)
    #expect(fed(0.5).reading(at: .seconds(2)) == Meter.Reading())
  }

  @Test func `an empty measurement changes nothing`() {
    var meter = fed(0.1)
    let before = meter
    meter.take(Levels(), seconds: 0, at: .seconds(9))
    #expect(meter == before)
  }
}
