internal import CLinux
internal import Glibc

/// Processor time and memory of a process.
struct ProcessUse: Equatable {
  /// User and system time of all its threads.
  var cpuNanoseconds = 0
  var residentKilobytes = 0
  /// Shared pages count by their share.
  var proportionalKilobytes = 0

  static func cpuNanoseconds(_ pid: Int32) -> Int {
    var clock = clockid_t()
    return clock_getcpuclockid(pid, &clock) == 0 ? Clock.read(clock) : 0
  }

  static func now(_ pid: Int32) -> ProcessUse {
    var use = ProcessUse(rollup: text("/proc/\(pid)/smaps_rollup"))
    use.cpuNanoseconds = cpuNanoseconds(pid)
    return use
  }

  /// Memory according to `/proc/PID/smaps_rollup`.
  init(rollup: String = "") {
    for line in rollup.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count >= 2, let kilobytes = Int(words[1]) else { continue }
      if words[0] == "Rss:" { residentKilobytes = kilobytes }
      if words[0] == "Pss:" { proportionalKilobytes = kilobytes }
    }
  }

  private static func text(_ path: String) -> String {
    let file = open(path, O_RDONLY)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(file, &buffer, buffer.count)
    return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
  }
}

enum Clock {
  /// Nanoseconds of a monotonic clock.
  @inline(__always)
  static func now() -> Int { read(CLOCK_MONOTONIC) }

  static func sleep(_ nanoseconds: Int) {
    var time = timespec(tv_sec: nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
    nanosleep(&time, nil)
  }

  @inline(__always)
  static func read(_ clock: clockid_t) -> Int {
    var time = timespec()
    clock_gettime(clock, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }
}
