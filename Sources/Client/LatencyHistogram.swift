/// How long answers took, in memory that does not grow: buckets of a thirty-second of their power of two, so a percentile
/// is right within 1.6 %; the largest is exact.
struct LatencyHistogram: Equatable {
  private static let stepsPerOctave = 32
  private static let stepBits = 5
  /// Up to 2^36 µs, nineteen hours.
  private static let octaves = 32

  private var counts = [Int](repeating: 0, count: stepsPerOctave * (octaves + 1))
  private(set) var count = 0
  private(set) var maximum = Duration.zero

  init() {}

  mutating func add(_ latency: Duration) {
    count += 1
    maximum = max(maximum, latency)
    counts[Self.bucket(of: latency)] += 1
  }

  /// What so great a part of the answers took at most; nil when there are none.
  func percentile(_ part: Double) -> Duration? {
    guard count > 0 else { return nil }
    let rank = max(1, Int((Double(count) * part).rounded(.up)))
    guard rank < count else { return maximum }
    var seen = 0
    for (bucket, number) in counts.enumerated() {
      seen += number
      if seen >= rank { return min(maximum, Self.middle(of: bucket)) }
    }
    return maximum
  }

  private static func bucket(of latency: Duration) -> Int {
    let parts = latency.components
    guard parts.seconds >= 0, parts.attoseconds >= 0 else { return 0 }
    guard parts.seconds < 60_000 else { return stepsPerOctave * (octaves + 1) - 1 }
    let micros = Int(parts.seconds) * 1_000_000 + Int(parts.attoseconds / 1_000_000_000_000)
    guard micros >= stepsPerOctave else { return micros }
    let octave = Int.bitWidth - 1 - micros.leadingZeroBitCount - stepBits
    return (octave + 1) * stepsPerOctave + (micros >> octave) - stepsPerOctave
  }

  private static func middle(of bucket: Int) -> Duration {
    guard bucket >= stepsPerOctave else { return .microseconds(bucket) }
    let octave = bucket / stepsPerOctave - 1
    let lower = (bucket % stepsPerOctave + stepsPerOctave) << octave
    return .microseconds(lower + (1 << octave) / 2)
  }
}
