internal import Platform

/// A timer for inside a round: it repeats, and is started and stopped often. It does not outlive its loop.
final class LoopTicker {
  private let watcher: EvWatcher

  init(every period: Duration, on loop: EvLoop, _ action: @escaping () -> Void) {
    watcher = EvWatcher(.timer(after: period.inSeconds, repeating: period.inSeconds), on: loop)
    watcher.action = action
  }

  /// Starts it with all of its period before it, counted from the round's beginning.
  func start() { watcher.startAgain() }

  func stop() { watcher.stop() }
}
