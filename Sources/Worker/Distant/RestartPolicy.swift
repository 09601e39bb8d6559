/// How long a parent waits before it starts a worker again: not at all after one that lived for a while, then ever
/// longer.
struct RestartPolicy: Equatable {
  static let steadyLife = Duration.seconds(1)
  static let firstPause = Duration.milliseconds(100)
  static let longestPause = Duration.seconds(5)

  private var failures = 0

  /// A worker ended after so long.
  mutating func pause(afterLife life: Duration) -> Duration {
    if life >= Self.steadyLife { failures = 0 }
    defer { failures += 1 }
    return failures == 0 ? .zero : min(Self.longestPause, Self.firstPause * (1 << min(failures - 1, 10)))
  }
}
