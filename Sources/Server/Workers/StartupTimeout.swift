/// How long a worker may take to come up, in heartbeats.
///
/// The first one has a minute, because it may load a model from a slow disk. After that the time is known: four times
/// as long is enough. Each worker that is abandoned doubles it for the next.
struct StartupTimeout: Equatable {
  static let longestBeats = 480
  /// Two seconds.
  static let shortestBeats = 16

  private(set) var beats = longestBeats

  /// A worker came up after so many beats.
  mutating func cameUp(after taken: Int) { beats = min(Self.longestBeats, max(Self.shortestBeats, 4 * taken)) }

  /// A worker was abandoned.
  mutating func abandoned() { beats = min(Self.longestBeats, 2 * beats) }
}
