internal import CLinux
internal import Glibc

/// A system call that a worker may make, and with which arguments.
struct SystemCallRule: Equatable {
  /// What the bits of `mask` of an argument have to be.
  struct Condition: Equatable {
    var argument: UInt32
    var mask: UInt64
    var value: UInt64
  }

  var name: String
  var conditions: [Condition] = []

  init(_ name: String, _ conditions: Condition...) {
    self.name = name
    self.conditions = conditions
  }
}

extension SystemCallRule.Condition {
  /// An argument of type int: the upper half of its register may hold anything.
  static func int(_ argument: UInt32, _ value: some BinaryInteger) -> Self {
    Self(argument: argument, mask: 0xFFFF_FFFF, value: UInt64(truncatingIfNeeded: value) & 0xFFFF_FFFF)
  }

  static func isNull(_ argument: UInt32) -> Self { Self(argument: argument, mask: .max, value: 0) }

  static func lacks(_ argument: UInt32, _ flags: some BinaryInteger) -> Self {
    Self(argument: argument, mask: UInt64(truncatingIfNeeded: flags), value: 0)
  }
}

// A list of what is allowed, so that a call that a later kernel adds is refused. It has what the C library, the Swift
// runtime, sherpa-onnx and onnxruntime need to compute, to read a model and to serve the link; nothing by which a
// process reaches another, a network, or a file for writing.
extension SystemCallRule {
  /// Every rule for this process.
  /// - Parameters:
  ///   - readsFiles: whether it opens any from here on.
  ///   - runsProgram: whether it becomes another program, which loads its libraries.
  ///   - receivesDescriptors: whether its parent gives it connections later.
  ///   - isInstrumented: built with a sanitizer, which writes reports and looks at its own memory and threads.
  static func worker(
    pid: Int32, readsFiles: Bool, runsProgram: Bool = false, receivesDescriptors: Bool = false, isInstrumented: Bool
  ) -> [SystemCallRule] {
    unconditional.map { SystemCallRule($0) } + conditional(pid: pid) + (readsFiles ? reading : [])
      + (runsProgram ? loading : []) + (receivesDescriptors ? [SystemCallRule("recvmsg")] : [])
      + (isInstrumented ? sanitizer : [])
  }

  private static let unconditional = [
    // The link, standard error, and descriptors that are open.
    "read", "readv", "pread64", "preadv", "write", "writev", "recvfrom", "sendto", "close", "lseek", "poll", "ppoll",
    "eventfd2", "fadvise64",
    // What a file is, not what it holds.
    "fstat", "stat", "lstat", "newfstatat", "statx", "access", "faccessat", "readlink", "readlinkat", "getcwd",
    // Memory.
    "brk", "munmap", "mremap", "madvise", "membarrier", "mincore",
    // Threads of its own, and their end.
    "futex", "set_robust_list", "get_robust_list", "rseq", "gettid", "sched_yield", "sched_getaffinity", "getcpu",
    "exit", "exit_group",
    // Its own signals and timers.
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "rt_sigpending", "sigaltstack",
    "restart_syscall", "pause", "setitimer", "getitimer",
    // Time, randomness, and questions about itself.
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "times", "getrusage",
    "getrandom", "getpid", "getppid", "getuid", "geteuid", "getgid", "getegid", "uname", "sysinfo",
  ]

  private static func conditional(pid: Int32) -> [SystemCallRule] {
    let executable = PROT_EXEC
    let threads = UInt64(linux_thread)
    let namespaces = UInt64(
      linux_new_mounts | linux_new_control_groups | linux_new_host_names | linux_new_ipc | linux_new_user
        | linux_new_network)
    return [
      // No code but that which is loaded already.
      SystemCallRule("mmap", .lacks(2, executable)),
      SystemCallRule("mprotect", .lacks(2, executable)),
      // A thread, not a process. For clone3, which a filter can't look into, the C library is told that there is none.
      SystemCallRule("clone", .init(argument: 0, mask: threads | namespaces, value: threads)),
      // abort() and raise(): to its own threads.
      SystemCallRule("tgkill", .int(0, pid)),
      // Not F_SETOWN and F_SETSIG, by which the kernel sends signals to anyone, nor F_SETFL, which changes what the
      // server shares with it.
      SystemCallRule("fcntl", .int(1, F_GETFD)),
      SystemCallRule("fcntl", .int(1, F_SETFD)),
      SystemCallRule("fcntl", .int(1, F_GETFL)),
      // isatty(). Not TIOCSTI, which types into the terminal that the server was started from.
      SystemCallRule("ioctl", .int(1, linux_get_terminal)),
      // Reading its own limits; not setting any, and nobody else's.
      SystemCallRule("prlimit64", .int(0, 0), .isNull(2)),
      SystemCallRule("getrlimit"),
      // A thread lowers its own priority.
      SystemCallRule("setpriority", .int(0, 0), .int(1, 0)),
      SystemCallRule("prctl", .int(0, PR_SET_NAME)),
      SystemCallRule("prctl", .int(0, PR_GET_NAME)),
    ]
  }

  private static let reading: [SystemCallRule] = {
    let writing = O_ACCMODE | O_CREAT | O_TRUNC | Int32(linux_temporary_file)
    return [SystemCallRule("open", .lacks(1, writing)), SystemCallRule("openat", .lacks(2, writing))]
  }()

  /// To become a program and load its libraries. What it may become is for the file rules to say. ffmpeg 7 has a
  /// descriptor of its own for each pipe.
  private static let loading =
    ["execve", "mmap", "mprotect", "statfs", "arch_prctl", "set_tid_address", "getdents64", "mlock", "dup"].map {
      SystemCallRule($0)
    }

  private static let sanitizer =
    [
      "openat", "open", "mkdir", "unlink", "rename", "dup", "dup2", "dup3", "pipe2", "ftruncate", "getdents64", "mmap",
      "mprotect", "prctl", "fcntl", "ioctl", "prlimit64", "setrlimit", "personality", "sched_getparam",
      "sched_getscheduler", "mlock", "munlock", "msync",
    ].map { SystemCallRule($0) }

  /// Those that the C library replaces by an older one if there is none.
  static let replaceable = ["clone3", "faccessat2", "openat2", "futex_waitv"]
}
