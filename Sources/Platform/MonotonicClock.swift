internal import Glibc

/// The system's monotonic clock, the same for all threads and processes of the machine.
public enum MonotonicClock {
  /// The time since a fixed moment in the past.
  public static var now: Duration {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Duration(secondsComponent: Int64(time.tv_sec), attosecondsComponent: Int64(time.tv_nsec) * 1_000_000_000)
  }
}
