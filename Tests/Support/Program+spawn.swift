internal import CLinux
internal import Glibc

extension Program {
  struct Pipe {
    var readEnd: Int32
    var writeEnd: Int32

    init() throws {
      var ends: [Int32] = [-1, -1]
      // Closed in every other program that is started meanwhile, which would otherwise hold it open.
      guard pipe2(&ends, O_CLOEXEC) == 0 else { throw TestFailure("pipe2: \(errno)") }
      (readEnd, writeEnd) = (ends[0], ends[1])
    }
  }

  /// The tests' own environment without what our programs read, then `additions`; as `KEY=value`.
  static func environment(adding additions: [String: String]) -> [String] {
    var all: [String: String] = [:]
    var entry = environ
    while let pointer = entry.pointee {
      let parts = String(cString: pointer).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      if !name.hasPrefix("AUDIO_"), !["WS_URL", "MSGS", "RATE_MS"].contains(name), parts.count == 2 {
        all[name] = String(parts[1])
      }
      entry += 1
    }
    // Where several models are set up, streams get the one for English, as where there is only that.
    all["AUDIO_LANGUAGE"] = "en"
    all.merge(additions) { $1 }
    return all.map { "\($0)=\($1)" }
  }

  static func spawn(
    _ path: String, _ arguments: [String], environment: [String], input: Int32?, output: Int32, error: Int32,
    folder: String?
  ) throws -> Int32 {
    // A program that stops reading must not end the tests.
    Glibc.signal(SIGPIPE, SIG_IGN)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, error, 2)
    posix_spawn_file_actions_addclosefrom_np(&actions, 3)
    if let folder { posix_spawn_file_actions_addchdir_np(&actions, folder) }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

    var words = ([path] + arguments).map { strdup($0) } + [nil]
    var variables = environment.map { strdup($0) } + [nil]
    defer { for text in words + variables { free(text) } }
    var pid: Int32 = 0
    let result = posix_spawn(&pid, path, &actions, &attributes, &words, &variables)
    guard result == 0 else { throw TestFailure("\(path) can't be started: \(String(cString: strerror(result)))") }
    return pid
  }
}
