import Glibc

/// What a process has used, as the kernel says.
struct ProcessUsage: Equatable, Sendable {
  var cpuSeconds: Double
  var residentBytes: Int

  init(cpuSeconds: Double, residentBytes: Int) {
    self.cpuSeconds = cpuSeconds
    self.residentBytes = residentBytes
  }

  /// Nil if there is no such process, or it may not be looked at.
  init?(pid: Int) {
    let descriptor = open("/proc/\(pid)/stat", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    // Some 50 numbers.
    var bytes = [UInt8](repeating: 0, count: 2048)
    let count = read(descriptor, &bytes, bytes.count)
    guard count > 0 else { return nil }
    self.init(
      stat: String(decoding: bytes.prefix(count), as: UTF8.self), ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)),
      pageBytes: sysconf(Int32(_SC_PAGESIZE)))
  }

  /// The text of `/proc/PID/stat` (proc_pid_stat(5)): the name, the second field, may have blanks and parentheses.
  init?(stat: String, ticksPerSecond: Int, pageBytes: Int) {
    guard let end = stat.lastIndex(of: ")") else { return nil }
    let fields = stat[end...].dropFirst().split(whereSeparator: \.isWhitespace)
    // The first of these is the third field; utime, stime and rss are the 14th, 15th and 24th.
    guard fields.count > 21, let user = Int(fields[11]), let system = Int(fields[12]), let pages = Int(fields[21])
    else { return nil }
    cpuSeconds = Double(user + system) / Double(ticksPerSecond)
    residentBytes = pages * pageBytes
  }
}
