/// Whether a series rises or falls.
public enum Trend {
  /// By how much from one value to the next: the median of the slopes between all pairs (Theil and Sen), which
  /// outliers, a quarter of all values even, do not move. Nil for fewer than two.
  public static func slope(_ values: [Double]) -> Double? {
    let slopes = values.indices.flatMap { first in
      values.indices.dropFirst(first + 1).map { (values[$0] - values[first]) / Double($0 - first) }
    }
    return Spread(slopes).median
  }

  /// The least value of each of so many stretches of about equal length, in order; of a shorter series the values
  /// themselves.
  public static func minima(_ values: [Double], stretches: Int) -> [Double] {
    let count = min(stretches, values.count)
    return (0..<count).compactMap { values[($0 * values.count / count)..<(($0 + 1) * values.count / count)].min() }
  }
}
