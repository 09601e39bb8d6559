internal import CLinux
internal import Glibc
internal import WorkerLink

/// Restricts this process, so that a worker that runs away, or was taken over, does little harm.
///
/// The server does the rest when it starts a worker: a process group of its own, no descriptors but the link and 0 to
/// 2.
enum Sandbox {
  /// Drops privileges and sets limits.
  /// - Parameter memoryBytes: of private memory; nil for no limit.
  static func begin(memoryBytes: Int?) throws(WorkerLinkError) {
    guard linux_no_new_privileges() == 0 else { throw .system(call: "prctl(PR_SET_NO_NEW_PRIVS)", errno: errno) }
    try limit(RLIMIT_CORE, to: 0)
    // The link, the engines' mailbox, and a model's files while they are loaded.
    try limit(RLIMIT_NOFILE, to: 64)
    if let memoryBytes { try limit(RLIMIT_DATA, to: memoryBytes) }
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
