internal import CLinux
internal import Glibc
internal import WorkerLink

/// What this process may have: little, so that a worker gone wild, or taken over, does little harm.
///
/// Its own process group, and no descriptors but the link and 0–2, are the server's doing when it starts a worker.
enum Confinement {
  /// Takes away what isn't needed. `memoryBytes`: of private memory; nil for as much as there is.
  static func begin(memoryBytes: Int?) throws(WorkerLinkError) {
    guard linux_no_new_privileges() == 0 else { throw .system(call: "prctl(PR_SET_NO_NEW_PRIVS)", errno: errno) }
    try limit(RLIMIT_CORE, to: 0)
    // The link, the clock of finished work, a model's files while they are loaded.
    try limit(RLIMIT_NOFILE, to: 64)
    if let memoryBytes { try limit(RLIMIT_DATA, to: memoryBytes) }
  }

  /// Never up: what the server itself may have is the most.
  private static func limit(_ resource: __rlimit_resource, to most: Int) throws(WorkerLinkError) {
    let resource = __rlimit_resource_t(resource.rawValue)
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { throw .system(call: "getrlimit", errno: errno) }
    limit.rlim_max = min(limit.rlim_max, rlim_t(most))
    limit.rlim_cur = limit.rlim_max
    guard setrlimit(resource, &limit) == 0 else { throw .system(call: "setrlimit", errno: errno) }
  }
}
