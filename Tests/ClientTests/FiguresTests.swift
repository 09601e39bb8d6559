import Testing

@testable import Client

struct LatencyHistogramTests {
  @Test func `percentiles are right within a thirty-second, the largest exactly`() throws {
    var histogram = LatencyHistogram()
    for micros in 1...100_000 { histogram.add(.microseconds(micros)) }
    for part in [0.01, 0.5, 0.9, 0.99, 0.999] {
      let found = try #require(histogram.percentile(part)).inSeconds
      #expect((found / (part * 0.1) - 1).magnitude < 1.0 / 32)
    }
    #expect(histogram.maximum == .milliseconds(100))
    #expect(histogram.percentile(1) == .milliseconds(100))
    #expect(histogram.count == 100_000)
  }

  @Test func `small times have buckets of their own`() {
    var histogram = LatencyHistogram()
    for micros in [3, 3, 3, 17] { histogram.add(.microseconds(micros)) }
    #expect(histogram.percentile(0.5) == .microseconds(3))
    #expect(histogram.percentile(0.75) == .microseconds(3))
    #expect(histogram.percentile(0.99) == .microseconds(17))
  }

  @Test func `anything fits: nothing, nothing at all, days, and a clock that went back`() {
    var histogram = LatencyHistogram()
    #expect(histogram.percentile(0.5) == nil)
    for latency in [Duration.zero, .seconds(1_000_000), .seconds(-1), .nanoseconds(1), .seconds(59_999)] {
      histogram.add(latency)
    }
    #expect(histogram.count == 5)
    #expect(histogram.maximum == .seconds(1_000_000))
    #expect(histogram.percentile(0.2) == .zero)
  }
}

struct FiguresTests {
  @Test func `numbers have the decimals asked for`() {
    #expect(12.345.fixed(1) == "12.3")
    #expect(0.05.fixed(2) == "0.05")
    #expect((-0.001).fixed(1) == "0.0")
    #expect((-23.96).fixed(1) == "-24.0")
    #expect(1e20.fixed(1) == "1e+20")
    #expect(1e14.fixed(6) == "100000000000000.0")
    #expect(123_456_789_012.5.fixed(6) == "123456789012.500000")
    #expect(2.5.fixed(0) == "3")
    #expect(Double.nan.fixed(1) == "nan")
  }

  @Test func `time is written as a clock`() {
    #expect(0.0.clock() == "0:00.0")
    #expect(59.96.clock() == "1:00.0")
    #expect(59.96.clock(tenths: false) == "0:59")
    #expect(3723.4.clock() == "1:02:03.4")
    #expect((-1.0).clock() == "0:00.0")
  }

  @Test func `short times have the unit that suits them`() {
    #expect(Duration.microseconds(870).brief == "870 µs")
    #expect(Duration.microseconds(1440).brief == "1.4 ms")
    #expect(Duration.milliseconds(12).brief == "12 ms")
    #expect(Duration.seconds(3.21).brief == "3.2 s")
  }
}
