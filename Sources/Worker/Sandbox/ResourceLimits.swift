internal import CLinux
internal import Glibc
internal import WorkerLink

/// What a worker may use of the machine. Processes are not limited: the kernel counts those of the user, not its own.
enum ResourceLimits {
  static func set(memoryBytes: Int?, seconds: Int?, isInstrumented: Bool) throws(WorkerLinkError) {
    try limit(RLIMIT_CORE, to: 0)
    // The link, the engines' mailbox, and a model's files while they are loaded.
    try limit(RLIMIT_NOFILE, to: 64)
    // A page for keys, without which a library of ffmpeg's complains.
    try limit(__RLIMIT_MEMLOCK, to: 64 << 10)
    try limit(__RLIMIT_MSGQUEUE, to: 0)
    // A log that goes to a file grows.
    if !isInstrumented, !isFile(STDOUT_FILENO), !isFile(STDERR_FILENO) { try limit(RLIMIT_FSIZE, to: 0) }
    if let seconds { try limit(RLIMIT_CPU, to: seconds) }
    if let memoryBytes { try limit(RLIMIT_DATA, to: memoryBytes) }
  }

  private static func isFile(_ descriptor: Int32) -> Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Never raises a limit above the server's own.
  private static func limit(_ resource: __rlimit_resource, to most: Int) throws(WorkerLinkError) {
    let resource = __rlimit_resource_t(resource.rawValue)
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { throw .system(call: "getrlimit", errno: errno) }
    limit.rlim_max = min(limit.rlim_max, rlim_t(most))
    limit.rlim_cur = limit.rlim_max
    guard setrlimit(resource, &limit) == 0 else { throw .system(call: "setrlimit", errno: errno) }
  }
}
