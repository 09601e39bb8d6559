/// How long things took, in memory that does not grow: buckets of a sixty-fourth of their power of two of nanoseconds, so a
/// percentile is right within 0.8 %; the largest is exact. Two are joined by adding their buckets.
struct Histogram: Equatable {
  private static let stepBits = 6
  private static let steps = 1 << stepBits
  /// Up to 2^42 ns, more than an hour.
  private static let octaves = 36

  private var counts = [Int](repeating: 0, count: steps * (octaves + 1))
  private(set) var count = 0
  private(set) var maximum = 0

  @inline(__always)
  mutating func record(_ nanoseconds: Int) {
    counts[Self.bucket(of: max(0, nanoseconds))] += 1
    count += 1
    maximum = max(maximum, nanoseconds)
  }

  static func + (one: Histogram, other: Histogram) -> Histogram {
    var sum = one
    for index in sum.counts.indices { sum.counts[index] += other.counts[index] }
    sum.count += other.count
    sum.maximum = max(sum.maximum, other.maximum)
    return sum
  }

  /// The nanoseconds that so many in a thousand did not exceed; 0 when nothing was recorded.
  func permille(_ share: Int) -> Int {
    let rank = max(1, (count * share + 999) / 1000)
    var seen = 0
    for (bucket, number) in counts.enumerated() {
      seen += number
      if seen >= rank { return min(maximum, Self.middle(of: bucket)) }
    }
    return maximum
  }

  @inline(__always)
  private static func bucket(of nanoseconds: Int) -> Int {
    guard nanoseconds >= steps else { return nanoseconds }
    let octave = Int.bitWidth - 1 - nanoseconds.leadingZeroBitCount - stepBits
    return min((octave + 1) * steps + (nanoseconds >> octave) - steps, steps * (octaves + 1) - 1)
  }

  private static func middle(of bucket: Int) -> Int {
    guard bucket >= steps else { return bucket }
    let octave = bucket / steps - 1
    return (bucket % steps + steps) << octave + (1 << octave) / 2
  }
}
