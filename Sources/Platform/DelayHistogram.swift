/// How long things took, in buckets that double from 0.25 ms to 65 s: few enough to be copied every round, and to be
/// reported. For measurements that need more, there is `LatencyHistogram`.
public struct DelayHistogram: Sendable {
  /// Each bucket has what took longer than the bound before it, and at most this many seconds; one more has the rest.
  public static let bounds = (0..<19).map { 0.000_25 * Double(1 << $0) }

  private var buckets = InlineArray<20, Int>(repeating: 0)
  /// Seconds.
  public private(set) var sum = 0.0

  public init() {}

  public var counts: [Int] { buckets.indices.map { buckets[$0] } }
  public var count: Int { buckets.indices.reduce(0) { $0 + buckets[$1] } }

  /// - Parameter times: how many took so long.
  @inline(__always)
  public mutating func add(_ seconds: Double, times: Int = 1) {
    buckets[Self.bucket(of: seconds)] += times
    sum += seconds * Double(times)
  }

  public mutating func add(_ other: DelayHistogram) {
    for index in buckets.indices { buckets[index] += other.buckets[index] }
    sum += other.sum
  }

  @inline(__always)
  private static func bucket(of seconds: Double) -> Int {
    let steps = seconds * 4000
    guard steps > 1 else { return 0 }
    guard steps <= 0x1p18 else { return 19 }
    return Int(steps.exponent) + (steps.significand > 1 ? 1 : 0)
  }
}

extension DelayHistogram: Equatable {
  public static func == (one: DelayHistogram, other: DelayHistogram) -> Bool {
    one.sum == other.sum && one.buckets.indices.allSatisfy { one.buckets[$0] == other.buckets[$0] }
  }
}
