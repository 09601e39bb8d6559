/// How long a worker may take to come up, in beats.
///
/// The first has a minute: it may read a model from a slow disk. From then on it is known how long that takes here, and four times as
/// long is enough; each that is given up gives the next twice the time.
struct StartPatience: Equatable {
  static let longestBeats = 480
  /// Two seconds.
  static let shortestBeats = 16

  private(set) var beats = longestBeats

  /// A worker has come up.
  mutating func cameUp(after taken: Int) {
    beats = min(Self.longestBeats, max(Self.shortestBeats, 4 * taken))
  }

  /// One has been given up.
  mutating func gaveUp() { beats = min(Self.longestBeats, 2 * beats) }
}
