import Glibc

/// What a process has used, as the kernel says.
struct ProcessUsage: Equatable, Sendable {
  var cpuSeconds: Double
  var residentBytes: Int
  var virtualBytes: Int
  /// Seconds from the system's start to that of the process.
  var startSeconds: Double

  init(cpuSeconds: Double, residentBytes: Int, virtualBytes: Int = 0, startSeconds: Double = 0) {
    self.cpuSeconds = cpuSeconds
    self.residentBytes = residentBytes
    self.virtualBytes = virtualBytes
    self.startSeconds = startSeconds
  }

  /// Nil if there is no such process, or it may not be looked at.
  init?(pid: Int) {
    // Some 50 numbers.
    guard let stat = Self.text("/proc/\(pid)/stat", limitBytes: 2048) else { return nil }
    self.init(
      stat: stat, ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)), pageBytes: sysconf(Int32(_SC_PAGESIZE)))
  }

  /// The text of `/proc/PID/stat` (proc_pid_stat(5)): the name, the second field, may have blanks and parentheses.
  init?(stat: String, ticksPerSecond: Int, pageBytes: Int) {
    guard let end = stat.lastIndex(of: ")") else { return nil }
    let fields = stat[end...].dropFirst().split(whereSeparator: \.isWhitespace)
    // The first of these is the third field; utime, stime, starttime, vsize and rss are the 14th, 15th, 22nd to 24th.
    guard fields.count > 21, let user = Int(fields[11]), let system = Int(fields[12]), let start = Int(fields[19]),
      let virtual = Int(fields[20]), let pages = Int(fields[21])
    else { return nil }
    cpuSeconds = Double(user + system) / Double(ticksPerSecond)
    residentBytes = pages * pageBytes
    virtualBytes = virtual
    startSeconds = Double(start) / Double(ticksPerSecond)
  }

  /// When the system was started, in seconds since 1970; nil where the kernel does not say.
  static let systemStart: Double? = text("/proc/stat", limitBytes: 1 << 20)?.split(separator: "\n")
    .first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }

  /// A file of the kernel's, which it gives in one piece.
  private static func text(_ path: String, limitBytes: Int) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: limitBytes)
    let count = read(descriptor, &bytes, bytes.count)
    return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
  }
}
