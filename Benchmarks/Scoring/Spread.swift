/// A set of measurements and its percentiles.
public struct Spread: Equatable, Sendable {
  private var sorted: [Double]

  public init(_ values: some Sequence<Double>) { sorted = values.sorted() }

  public var count: Int { sorted.count }
  public var least: Double? { sorted.first }
  public var greatest: Double? { sorted.last }
  public var median: Double? { percentile(50) }
  public var mean: Double? { sorted.isEmpty ? nil : sorted.reduce(0, +) / Double(count) }

  /// The given percentile (nearest rank).
  public func percentile(_ percent: Double) -> Double? {
    guard !sorted.isEmpty else { return nil }
    let rank = Int((percent / 100 * Double(count)).rounded(.up))
    return sorted[max(1, min(count, rank)) - 1]
  }

  /// Percentage of values up to `limit`.
  public func share(upTo limit: Double) -> Double? {
    sorted.isEmpty ? nil : 100 * Double(sorted.count { $0 <= limit }) / Double(count)
  }
}
