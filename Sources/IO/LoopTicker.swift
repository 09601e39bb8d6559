internal import Platform

/// A timer for inside a round: it repeats, and is started and stopped often. It does not outlive its loop.
public final class LoopTicker {
  private let watcher: EvWatcher

  public init(every period: Duration, on loop: EventLoop, _ action: @escaping () -> Void) {
    watcher = EvWatcher(.timer(after: period.inSeconds, repeating: period.inSeconds), on: loop.ev)
    watcher.action = action
  }

  /// Starts it with all of its period before it, counted from the round's beginning.
  public func start() { watcher.startAgain() }

  public func stop() { watcher.stop() }
}
