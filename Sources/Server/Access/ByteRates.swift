/// How many bytes each address and each token has sent recently, and how long it is not read because of that.
///
/// A leaky bucket each: it fills with what arrives and drains at the rate; up to one second's worth passes at once. A
/// bucket stays until it is empty, so that reconnecting is no way around the limit.
struct ByteRates: Equatable {
  private struct Bucket: Equatable {
    var bytes: Double
    var at: Duration
  }

  /// 0: no limit.
  var bytesPerSecond: Int
  private var buckets: [String: Bucket] = [:]
  private var sweepAt = 1024

  /// Buckets held.
  var count: Int { buckets.count }

  init(bytesPerSecond: Int) {
    self.bytesPerSecond = bytesPerSecond
  }

  /// Bytes arrived from a client.
  /// - Returns: how long not to read more from it.
  mutating func charge(_ bytes: Int, to client: ClientIdentity, at now: Duration) -> Duration {
    guard bytesPerSecond > 0 else { return .zero }
    var wait = fill("address " + client.network, bytes, at: now)
    if let holder = client.holder { wait = max(wait, fill("token " + holder, bytes, at: now)) }
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
