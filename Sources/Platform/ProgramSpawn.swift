internal import CLinux
internal import Glibc

/// A program to be started in a process of its own, by posix_spawn, never by fork: nothing of this process reaches the
/// new one but the descriptors named here. Standard input is empty.
public struct ProgramSpawn: Sendable {
  /// Not searched for.
  public var path: String
  /// With the program's own name.
  public var arguments: [String]
  /// A descriptor of this process that becomes its standard output; nil for /dev/null.
  public var standardOutput: Int32?
  /// A descriptor of this process that becomes its standard error.
  public var standardError = StandardError.descriptor
  /// A descriptor of this process that becomes its descriptor 3.
  public var link: Int32?
  /// The same for its descriptor 4, beside a link.
  public var memory: Int32?
  /// Its variables, as `NAME=value`; nil: those of this process.
  public var environment: [String]?
  /// In a process group of its own a terminal's Ctrl-C does not reach it.
  public var hasOwnGroup = false

  public init(path: String, arguments: [String]) {
    self.path = path
    self.arguments = arguments
  }

  /// Starts it, with default signal actions and none blocked; the process id.
  public func start() throws(SystemError) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    try check("posix_spawn_file_actions_init", posix_spawn_file_actions_init(&actions))
    defer { posix_spawn_file_actions_destroy(&actions) }
    try check("addopen", posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0))
    if let standardOutput {
      try check("adddup2", posix_spawn_file_actions_adddup2(&actions, standardOutput, 1))
    } else {
      try check("addopen", posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0))
    }
    try check("adddup2", posix_spawn_file_actions_adddup2(&actions, standardError, 2))
    if let link { try check("adddup2", posix_spawn_file_actions_adddup2(&actions, link, 3)) }
    if let memory { try check("adddup2", posix_spawn_file_actions_adddup2(&actions, memory, 4)) }
    precondition(memory == nil || link != nil, "A program would get whatever descriptor 3 is.")
    let rest: Int32 = memory != nil ? 5 : link != nil ? 4 : 3
    try check("addclosefrom", posix_spawn_file_actions_addclosefrom_np(&actions, rest))

    var attributes = posix_spawnattr_t()
    try check("posix_spawnattr_init", posix_spawnattr_init(&attributes))
    defer { posix_spawnattr_destroy(&attributes) }
    var all = sigset_t()
    var none = sigset_t()
    sigfillset(&all)
    sigemptyset(&none)
    try check("setsigdefault", posix_spawnattr_setsigdefault(&attributes, &all))
    try check("setsigmask", posix_spawnattr_setsigmask(&attributes, &none))
    var flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
    if hasOwnGroup {
      try check("setpgroup", posix_spawnattr_setpgroup(&attributes, 0))
      flags |= POSIX_SPAWN_SETPGROUP
    }
    try check("setflags", posix_spawnattr_setflags(&attributes, Int16(flags)))

    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0.systemName) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var variables: [UnsafeMutablePointer<CChar>?] = environment?.map { strdup($0.systemName) } ?? []
    variables.append(nil)
    defer { for variable in variables { free(variable) } }
    var pid: Int32 = 0
    let result = variables.withUnsafeMutableBufferPointer { own in
      posix_spawn(
        &pid, path.systemName, &actions, &attributes, words, environment == nil ? environ : own.baseAddress ?? environ)
    }
    try check("posix_spawn \(path)", result)
    return pid
  }

  /// The posix_spawn family returns the error's number instead of setting errno.
  private func check(_ call: String, _ result: Int32) throws(SystemError) {
    guard result == 0 else { throw SystemError(call: call, code: result) }
  }
}
