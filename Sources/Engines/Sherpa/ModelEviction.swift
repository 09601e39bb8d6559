/// Decides which loaded models are given back: those that no stream has used for too long, and where memory is short
/// the least recently used of those that no stream uses.
///
/// A stream uses the model that decoded its last utterance, until it is over or another model decodes one.
struct ModelEviction {
  /// A model that a thread has loaded for itself.
  struct Copy: Hashable, Sendable {
    var model: String
    var thread: Int
  }

  private struct Use {
    var streams: Set<UInt64> = []
    var last: Duration
  }

  private let idle: Duration
  /// Never given back: the model of streams that name none.
  var kept: Copy?
  private var uses: [Copy: Use] = [:]
  private var copies: [UInt64: Copy] = [:]

  /// - Parameter idle: how long a model that no stream uses stays.
  init(idle: Duration) { self.idle = idle }

  /// It was loaded.
  mutating func loaded(_ copy: Copy, at now: Duration) { uses[copy] = Use(last: now) }

  /// A stream has it decode. It must have been loaded.
  mutating func use(_ copy: Copy, by stream: UInt64, at now: Duration) {
    if let other = copies[stream], other != copy { uses[other]?.streams.remove(stream) }
    copies[stream] = copy
    uses[copy]?.streams.insert(stream)
    uses[copy]?.last = now
  }

  /// The stream is over.
  mutating func end(_ stream: UInt64, at now: Duration) {
    guard let copy = copies.removeValue(forKey: stream) else { return }
    uses[copy]?.streams.remove(stream)
    uses[copy]?.last = now
  }

  /// It was given back.
  mutating func remove(_ copy: Copy) { uses[copy] = nil }

  /// The least recently used one that no stream uses.
  var leastRecentlyUsed: Copy? { unused.min { $0.value.last < $1.value.last }?.key }

  /// Those that no stream has used for too long.
  func expired(at now: Duration) -> Set<Copy> { Set(unused.filter { now >= $0.value.last + idle }.keys) }

  /// When the next one will have been unused for too long.
  var nextExpiry: Duration? { unused.map { $0.value.last + idle }.min() }

  private var unused: [Copy: Use] { uses.filter { $0.value.streams.isEmpty && $0.key != kept } }
}
