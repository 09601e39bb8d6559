internal import Glibc

/// What a clock on the wall shows.
public enum WallClock {
  /// UTC, to the millisecond, as RFC 3339 has it.
  public static func now() -> String {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    var parts = tm()
    gmtime_r(&time.tv_sec, &parts)
    let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { buffer in
      guard let start = buffer.baseAddress else { return "" }
      strftime(start, buffer.count, "%Y-%m-%dT%H:%M:%S", &parts)
      return String(cString: start)
    }
    let milliseconds = String(time.tv_nsec / 1_000_000 + 1000).dropFirst()
    return "\(text).\(milliseconds)Z"
  }
}
