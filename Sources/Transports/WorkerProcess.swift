internal import CLinux
internal import Glibc
internal import Platform
public import WorkerLink

/// A worker program that was started, and the link to it.
///
/// The worker asks the kernel to be killed when the *thread* that started it ends, so start it from a thread that lasts
/// as long as the program. A process that has not been reaped is killed when this is released.
public final class WorkerProcess {
  public let pid: Int32
  public let socket: FrameSocket
  private var exit: WorkerExit?

  private init(pid: Int32, socket: FrameSocket) {
    self.pid = pid
    self.socket = socket
  }

  deinit {
    guard exit == nil else { return }
    Glibc.kill(pid, SIGKILL)
    while waitpid(pid, nil, 0) < 0 && errno == EINTR {}
  }

  /// Starts the program at `path` (not searched for) with the link as descriptor 3, memory that it shares as 4, and no
  /// others but 0 to 2.
  ///
  /// It has a process group of its own, so that a terminal's Ctrl-C reaches the server only. Standard input is empty,
  /// standard output goes to standard error. Of the variables it has `sandboxVariables` only.
  /// - Parameter sharesMemory: whether frames may lie in shared memory, where the system has any.
  public static func spawn(
    path: String, arguments: [String], sharesMemory: Bool = false
  ) throws(WorkerLinkError) -> WorkerProcess {
    let (ours, theirs) = try FrameSocket.pair()
    defer { close(theirs) }
    let memory = sharesMemory ? SharedMemory() : nil
    let socket = try FrameSocket(owning: ours, lending: memory)
    var program = ProgramSpawn(path: path, arguments: [path] + arguments)
    program.standardOutput = 2
    program.link = theirs
    program.memory = memory?.descriptor
    program.hasOwnGroup = true
    program.environment = sandboxVariables()
    do throws(SystemError) {
      return WorkerProcess(pid: try program.start(), socket: socket)
    } catch {
      throw .system(call: error.call, errno: error.code)
    }
  }

  /// Ends it at once (SIGKILL).
  public func kill() {
    // The pid of a reaped process may belong to another one by now.
    if exit == nil { Glibc.kill(pid, SIGKILL) }
  }

  /// How it ended, or nil while it runs. Never waits: a process may end some milliseconds after its link does, so ask
  /// again.
  public func reap() -> WorkerExit? {
    if exit == nil {
      var status: Int32 = 0
      if waitpid(pid, &status, WNOHANG) == pid { exit = WorkerExit(status: status) }
    }
    return exit
  }
}
