internal import CLinux
internal import Glibc
internal import Platform
internal import WorkerLink

/// Restricts this process, so that one that is taken over owns nothing: no file but its model, no network, no program,
/// no other process. For every process that reads untrusted sound or a model.
///
/// The server does the rest when it starts the process: a process group of its own, no descriptors but the link and 0
/// to 2, no variables but a few.
enum Sandbox {
  /// Needs of a process after it has entered.
  struct Needs {
    /// Folders and files it reads later.
    var readable: [String] = []
    /// The program that it is to become; nil: it runs none.
    var program: String?
    /// Limit of private memory; nil: none.
    var memoryBytes: Int?
    /// Limit of computing time; nil: none.
    var seconds: Int?
    /// Whether its parent gives it descriptors later.
    var receivesDescriptors = false
  }

  /// Call it after everything else is set up, before the first untrusted byte, from the only thread. From then on the
  /// process ends, too, when the one that started it does, whatever an engine is doing then.
  /// - Returns: each layer, and why one does not hold. Without the filter of system calls, or a limit, it throws.
  static func enter(_ needs: Needs) throws(WorkerLinkError) -> [SandboxLayer] {
    let parent = getppid()
    guard linux_no_new_privileges() == 0 else { throw .system(call: "prctl(PR_SET_NO_NEW_PRIVS)", errno: errno) }
    let own = ReadablePath.all(needs.readable)
    let readable =
      needs.program.map(ReadablePath.libraries) ?? (needs.readable.isEmpty ? [] : own + ReadablePath.processor)
    let runnable = needs.program.map(ReadablePath.runnable) ?? []
    let namespaces = layer("namespaces") { () throws(SandboxProblem) in
      do throws(SystemError) {
        // A program is loaded from the system's folders: it keeps the root that has them.
        try needs.program == nil ? Namespaces.enter(readable) : Namespaces.leaveNetwork()
      } catch {
        throw SandboxProblem(error)
      }
    }
    let user = layer("user") { () throws(SandboxProblem) in try OtherUser.enter(own + runnable) }
    guard linux_drop_capabilities() == 0 else { throw .system(call: "capset", errno: errno) }
    let landlock = layer("landlock") { () throws(SandboxProblem) in
      do throws(SystemError) { try FileRules.enter(readable, runnable: runnable) } catch { throw SandboxProblem(error) }
    }
    // Not earlier: the kernel forgets it when the user changes.
    guard linux_signal_when_parent_dies(SIGKILL) == 0 else {
      throw .system(call: "prctl(PR_SET_PDEATHSIG)", errno: errno)
    }
    // It ended before the kernel knew.
    guard getppid() == parent else { throw .system(call: "getppid", errno: ESRCH) }
    // The Swift runtime's crash handler would wait for a program that it can't start here.
    if !isInstrumented { for fatal in fatalSignals { signal(fatal, SIG_DFL) } }
    try ResourceLimits.set(memoryBytes: needs.memoryBytes, seconds: needs.seconds, isInstrumented: isInstrumented)
    do throws(SystemError) {
      try SystemCallFilter.install(
        SystemCallRule.worker(
          pid: getpid(), readsFiles: !readable.isEmpty, runsProgram: needs.program != nil,
          receivesDescriptors: needs.receivesDescriptors, isInstrumented: isInstrumented))
    } catch {
      throw .system(call: error.call, errno: error.code)
    }
    return [SandboxLayer("seccomp"), landlock, namespaces, user]
  }

  /// A sanitizer has a thread, writes reports to files, and reads /proc: it gets a wider filter and no other layer.
  private static let isInstrumented = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil

  private static let fatalSignals = [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV, SIGTRAP]

  private static func layer(_ name: String, _ enter: () throws(SandboxProblem) -> Void) -> SandboxLayer {
    guard !isInstrumented else { return SandboxLayer(name, problem: "built with a sanitizer") }
    do throws(SandboxProblem) {
      try enter()
      return SandboxLayer(name)
    } catch {
      return SandboxLayer(name, problem: error.reason)
    }
  }
}

/// Why a layer does not hold.
struct SandboxProblem: Error {
  var reason: String

  init(reason: String) { self.reason = reason }
  init(_ error: SystemError) { reason = error.description }
  /// The call that failed just now.
  init(_ call: String) { self.init(SystemError(call: call, code: errno)) }
}
