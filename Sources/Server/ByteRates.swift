/// How many bytes each address and each token has sent lately, and how long it is to be left unread for that.
///
/// A bucket for each: it fills with what comes and drains at the rate; up to one second's worth passes at once. What has left
/// keeps its bucket until that is empty, so that coming again is no way around it.
struct ByteRates: Equatable {
  private struct Bucket: Equatable {
    var bytes: Double
    var at: Duration
  }

  /// 0: no limit.
  let bytesPerSecond: Int
  private var buckets: [String: Bucket] = [:]
  private var sweepAt = 1024

  /// Buckets held.
  var count: Int { buckets.count }

  init(bytesPerSecond: Int) {
    self.bytesPerSecond = bytesPerSecond
  }

  /// Bytes have come from a visitor.
  /// - Returns: how long to read no more of them.
  mutating func charge(_ bytes: Int, to visitor: Visitor, at now: Duration) -> Duration {
    guard bytesPerSecond > 0 else { return .zero }
    var wait = fill("address " + visitor.network, bytes, at: now)
    if let holder = visitor.holder { wait = max(wait, fill("token " + holder, bytes, at: now)) }
    if buckets.count > sweepAt {
      buckets = buckets.filter { level(of: $0.value, at: now) > 0 }
      sweepAt = max(1024, 2 * buckets.count)
    }
    return wait
  }

  private func level(of bucket: Bucket, at now: Duration) -> Double {
    max(0, bucket.bytes - Double(bytesPerSecond) * ((now - bucket.at) / .seconds(1)))
  }

  private mutating func fill(_ key: String, _ bytes: Int, at now: Duration) -> Duration {
    let level = (buckets[key].map { self.level(of: $0, at: now) } ?? 0) + Double(bytes)
    buckets[key] = Bucket(bytes: level, at: now)
    return .seconds(max(0, level / Double(bytesPerSecond) - 1))
  }
}
