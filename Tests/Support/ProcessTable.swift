internal import Glibc

/// What /proc says about processes.
public enum ProcessTable {
  /// Whether it runs; one that has ended and waits to be reaped does not.
  public static func isRunning(_ pid: Int32) -> Bool {
    guard let stat = stat(pid) else { return false }
    return stat.state != "Z" && stat.state != "X"
  }

  /// The running children of a process.
  public static func children(of pid: Int32) -> [Int32] {
    TextFile.names(in: "/proc").compactMap { Int32($0) }.filter { child in
      guard let stat = stat(child) else { return false }
      return stat.parent == pid && stat.state != "Z" && stat.state != "X"
    }.sorted()
  }

  /// Memory in RAM, in bytes; 0 when it has ended.
  public static func residentBytes(_ pid: Int32) -> Int {
    guard let fields = TextFile.read("/proc/\(pid)/statm")?.split(separator: " "), fields.count > 1 else { return 0 }
    return (Int(fields[1]) ?? 0) * 4096
  }

  /// Of that what is no file's: its heap and the like; 0 when it has ended.
  public static func privateBytes(_ pid: Int32) -> Int { status("RssAnon:", pid) ?? 0 }

  /// The most it ever had in memory.
  public static func mostResidentBytes(_ pid: Int32) throws -> Int {
    guard let bytes = status("VmHWM:", pid) else { throw TestFailure("no peak of memory for process \(pid)") }
    return bytes
  }

  /// A figure that /proc gives in kB.
  private static func status(_ key: String, _ pid: Int32) -> Int? {
    let lines = TextFile.read("/proc/\(pid)/status")?.split(separator: "\n") ?? []
    let line = lines.first { $0.hasPrefix(key) }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
  }

  /// User and system time of all its threads, also those that have ended; 0 when it is gone.
  public static func cpuSeconds(_ pid: Int32) -> Double {
    var clock = clockid_t()
    var time = timespec()
    guard clock_getcpuclockid(pid, &clock) == 0, clock_gettime(clock, &time) == 0 else { return 0 }
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// How often its threads went to sleep, to be woken again later.
  public static func sleeps(_ pid: Int32) -> Int {
    TextFile.names(in: "/proc/\(pid)/task").reduce(0) { sum, thread in
      let lines = TextFile.read("/proc/\(pid)/task/\(thread)/status")?.split(separator: "\n") ?? []
      let line = lines.first { $0.hasPrefix("voluntary_ctxt_switches:") }
      return sum + (line?.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) } ?? 0)
    }
  }

  private static func stat(_ pid: Int32) -> (state: Character, parent: Int32)? {
    // The name, in parentheses, may hold anything; what follows the last one is numbers.
    guard let text = TextFile.read("/proc/\(pid)/stat"), let name = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: name)...].split(separator: " ")
    guard fields.count > 1, let state = fields[0].first, let parent = Int32(fields[1]) else { return nil }
    return (state, parent)
  }
}
