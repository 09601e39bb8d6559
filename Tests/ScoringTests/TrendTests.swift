import Scoring
import Testing

@Suite struct TrendTests {
  @Test func `a line rises by its slope, and outliers do not move it`() {
    var values = (0..<30).map { 5 + 0.25 * Double($0) }
    #expect(Trend.slope(values) == 0.25)
    for index in [3, 11, 28] { values[index] += 1000 }
    #expect(Trend.slope(values).map { abs($0 - 0.25) < 0.05 } == true)
    #expect(Trend.slope(values.reversed()).map { $0 < -0.2 } == true)
  }

  @Test func `what goes up and down does not rise`() {
    #expect(Trend.slope((0..<31).map { $0 % 2 == 0 ? 1 : 2 }) == 0)
  }

  @Test func `of one value there is no trend`() {
    #expect(Trend.slope([]) == nil)
    #expect(Trend.slope([1]) == nil)
  }

  @Test func `the least of each stretch, whatever is left over`() {
    #expect(Trend.minima([3, 1, 2, 9, 8, 7, 4], stretches: 3) == [1, 2, 4])
    #expect(Trend.minima([2, 1], stretches: 30) == [2, 1])
    #expect(Trend.minima([], stretches: 30) == [])
  }
}
