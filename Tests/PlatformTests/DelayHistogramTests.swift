import Testing

@testable import Platform

struct DelayHistogramTests {
  @Test func `the bounds double from a quarter of a millisecond to a minute`() {
    let bounds = DelayHistogram.bounds
    #expect(bounds.first == 0.000_25)
    #expect(bounds.last == 65.536)
    for (bound, next) in zip(bounds, bounds.dropFirst()) { #expect(next == 2 * bound) }
    #expect(DelayHistogram().counts.count == bounds.count + 1)
  }

  @Test func `a delay is in the bucket whose bound it does not exceed, and only there`() {
    for (index, bound) in DelayHistogram.bounds.enumerated() {
      for (delay, place) in [(bound, index), (bound.nextUp, index + 1), (bound * 0.75, index)] {
        var histogram = DelayHistogram()
        histogram.add(delay)
        #expect(histogram.counts.firstIndex(of: 1) == place, "\(delay)")
        #expect(histogram.count == 1)
      }
    }
  }

  @Test(arguments: [0, -1, 1e-9, -Double.infinity, .nan]) func `nothing is below the first`(delay: Double) {
    var histogram = DelayHistogram()
    histogram.add(delay)
    #expect(histogram.counts.first == 1)
  }

  @Test(arguments: [65.6, 1e9, .infinity]) func `whatever took longer is in the last`(delay: Double) {
    var histogram = DelayHistogram()
    histogram.add(delay)
    #expect(histogram.counts.last == 1)
  }

  @Test func `several at once and two histograms add up`() {
    var (one, other) = (DelayHistogram(), DelayHistogram())
    one.add(0.001, times: 3)
    other.add(0.001)
    other.add(2)
    #expect(one != other)
    one.add(other)
    #expect(one.count == 5)
    #expect(one.sum == 0.004 + 2)
    #expect(one.counts[2] == 4)
  }
}
