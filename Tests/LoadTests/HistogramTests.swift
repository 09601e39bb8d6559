import Testing

@testable import LoadBenchmark

@Suite struct HistogramTests {
  @Test func `percentiles are within a percent of the truth`() {
    var histogram = Histogram()
    for microseconds in 1...10_000 { histogram.record(microseconds * 1000) }
    for (share, truth) in [(500, 5_000_000), (990, 9_900_000), (999, 9_990_000)] {
      #expect(abs(histogram.permille(share) - truth) * 100 <= truth)
    }
    #expect(histogram.permille(1000) == 10_000_000)
    #expect(histogram.maximum == 10_000_000)
  }

  @Test func `small and negative times count, and nothing is zero`() {
    var histogram = Histogram()
    #expect(histogram.permille(990) == 0)
    histogram.record(-5)
    histogram.record(7)
    #expect(histogram.count == 2)
    #expect(histogram.permille(500) == 0)
    #expect(histogram.permille(1000) == 7)
  }

  @Test func `a time beyond the last bucket goes into it, and the largest stays exact`() {
    var histogram = Histogram()
    histogram.record(1 << 50)
    #expect(histogram.maximum == 1 << 50)
    #expect(histogram.permille(500) <= 1 << 50)
  }

  @Test func `two joined are as one that was told everything`() {
    var even = Histogram()
    var odd = Histogram()
    var all = Histogram()
    for number in 0..<5000 {
      if number % 2 == 0 { even.record(number * 777) } else { odd.record(number * 777) }
      all.record(number * 777)
    }
    #expect(even + odd == all)
  }
}
