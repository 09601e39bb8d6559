internal import CLinux
internal import Glibc

extension WorkerProcess {
  /// posix_spawn, never fork: nothing of this process but the link reaches the new one.
  static func start(_ path: String, _ arguments: [String], link: Int32) throws(WorkerLinkError) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    try check("posix_spawn_file_actions_init", posix_spawn_file_actions_init(&actions))
    defer { posix_spawn_file_actions_destroy(&actions) }
    try check("addopen", posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0))
    try check("adddup2", posix_spawn_file_actions_adddup2(&actions, 2, 1))
    try check("adddup2", posix_spawn_file_actions_adddup2(&actions, link, 3))
    try check("addclosefrom", posix_spawn_file_actions_addclosefrom_np(&actions, 4))

    var attributes = posix_spawnattr_t()
    try check("posix_spawnattr_init", posix_spawnattr_init(&attributes))
    defer { posix_spawnattr_destroy(&attributes) }
    var all = sigset_t()
    var none = sigset_t()
    sigfillset(&all)
    sigemptyset(&none)
    try check("setsigdefault", posix_spawnattr_setsigdefault(&attributes, &all))
    try check("setsigmask", posix_spawnattr_setsigmask(&attributes, &none))
    try check("setpgroup", posix_spawnattr_setpgroup(&attributes, 0))
    let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP
    try check("setflags", posix_spawnattr_setflags(&attributes, Int16(flags)))

    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var pid: Int32 = 0
    try check("posix_spawn \(path)", posix_spawn(&pid, path, &actions, &attributes, words, environ))
    return pid
  }

  /// The posix_spawn family returns the error's number instead of setting errno.
  private static func check(_ call: String, _ result: Int32) throws(WorkerLinkError) {
    guard result == 0 else { throw .system(call: call, errno: result) }
  }
}
