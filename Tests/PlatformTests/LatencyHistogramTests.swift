import Platform
import Testing

struct LatencyHistogramTests {
  @Test func `percentiles are right within a percent, the largest exactly`() throws {
    var histogram = LatencyHistogram()
    for micros in 1...100_000 { histogram.add(.microseconds(micros)) }
    for part in [0.01, 0.5, 0.9, 0.99, 0.999] {
      let found = try #require(histogram.percentile(part)).inSeconds
      #expect((found / (part * 0.1) - 1).magnitude < 0.01)
    }
    #expect(histogram.maximum == .milliseconds(100))
    #expect(histogram.percentile(1) == .milliseconds(100))
    #expect(histogram.count == 100_000)
  }

  @Test func `small times have buckets of their own`() {
    var histogram = LatencyHistogram()
    for nanoseconds in [3, 3, 3, 17] { histogram.add(nanoseconds: nanoseconds) }
    #expect(histogram.percentile(0.5) == .nanoseconds(3))
    #expect(histogram.percentile(0.75) == .nanoseconds(3))
    #expect(histogram.percentile(0.99) == .nanoseconds(17))
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

  @Test func `two joined are as one that was told everything`() {
    var even = LatencyHistogram()
    var odd = LatencyHistogram()
    var all = LatencyHistogram()
    for number in 0..<5000 {
      if number % 2 == 0 { even.add(nanoseconds: number * 777) } else { odd.add(nanoseconds: number * 777) }
      all.add(nanoseconds: number * 777)
    }
    #expect(even + odd == all)
  }
}
