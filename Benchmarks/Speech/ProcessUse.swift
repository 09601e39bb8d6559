internal import Glibc

/// What a process has taken of the processors.
enum ProcessUse {
  /// User and system time of all its threads, also those that have ended; 0 when it is gone.
  static func cpuSeconds(_ pid: Int32) -> Double {
    var clock = clockid_t()
    var time = timespec()
    guard clock_getcpuclockid(pid, &clock) == 0, clock_gettime(clock, &time) == 0 else { return 0 }
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
