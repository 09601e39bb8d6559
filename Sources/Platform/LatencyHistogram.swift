/// How long things took, in memory that does not grow: buckets of a sixty-fourth of their power of two of nanoseconds,
/// so a percentile is right within 0.8 %; the largest is exact. Two are joined by adding their buckets.
public struct LatencyHistogram: Equatable, Sendable {
  private static let stepBits = 6
  private static let steps = 1 << stepBits
  /// Up to 2^48 ns, three days.
  private static let octaves = 42

  private var counts = [Int](repeating: 0, count: steps * (octaves + 1))
  public private(set) var count = 0
  private var largest = 0

  public init() {}

  public var maximum: Duration { .nanoseconds(largest) }

  public mutating func add(_ latency: Duration) {
    let (seconds, attoseconds) = latency.components
    // More than a hundred years is held at that.
    let clamped = min(max(seconds, 0), 1 << 32)
    add(nanoseconds: Int(clamped) * 1_000_000_000 + Int(attoseconds / 1_000_000_000))
  }

  @inline(__always)
  public mutating func add(nanoseconds: Int) {
    let nanoseconds = max(0, nanoseconds)
    counts[Self.bucket(of: nanoseconds)] += 1
    count += 1
    largest = max(largest, nanoseconds)
  }

  public static func + (one: LatencyHistogram, other: LatencyHistogram) -> LatencyHistogram {
    var sum = one
    for index in sum.counts.indices { sum.counts[index] += other.counts[index] }
    sum.count += other.count
    sum.largest = max(sum.largest, other.largest)
    return sum
  }

  /// The time that so great a part of them did not exceed; nil when there are none.
  public func percentile(_ part: Double) -> Duration? {
    guard count > 0 else { return nil }
    let rank = max(1, Int((Double(count) * part).rounded(.up)))
    guard rank < count else { return maximum }
    var seen = 0
    for (bucket, number) in counts.enumerated() {
      seen += number
      if seen >= rank { return min(maximum, .nanoseconds(Self.middle(of: bucket))) }
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
