internal import CLinux
internal import Glibc
internal import Platform

/// A worker program that was started, and the link to it.
///
/// The worker asks the kernel to be killed when the *thread* that started it ends, so start it from one that lasts as long as the
/// program. If it was not reaped when this goes, it is killed.
public final class WorkerProcess {
  public let pid: Int32
  public let channel: WorkerChannel
  private var exit: WorkerExit?

  private init(pid: Int32, channel: WorkerChannel) {
    self.pid = pid
    self.channel = channel
  }

  deinit {
    guard exit == nil else { return }
    Glibc.kill(pid, SIGKILL)
    while waitpid(pid, nil, 0) < 0 && errno == EINTR {}
  }

  /// Starts the program at `path` (not searched for) with the link as descriptor 3 and no other but 0–2.
  ///
  /// It has its own process group, so that a terminal's Ctrl-C reaches the server only; stdin is empty, stdout goes to stderr.
  public static func spawn(path: String, arguments: [String]) throws(WorkerLinkError) -> WorkerProcess {
    let (ours, theirs) = try LinkSocket.pair()
    defer { close(theirs) }
    let channel = try WorkerChannel(owning: ours)
    var program = ProgramSpawn(path: path, arguments: [path] + arguments)
    program.standardOutput = 2
    program.link = theirs
    program.hasOwnGroup = true
    do throws(SystemError) {
      return WorkerProcess(pid: try program.start(), channel: channel)
    } catch {
      throw .system(call: error.call, errno: error.code)
    }
  }

  /// Asks it to finish what is queued and exit (SIGTERM). Nothing happens to one already reaped.
  public func terminate() { signal(SIGTERM) }

  /// Ends it at once (SIGKILL).
  public func kill() { signal(SIGKILL) }

  /// How it ended, or nil while it runs. Never waits.
  public func reap() -> WorkerExit? {
    if exit == nil {
      var status: Int32 = 0
      if waitpid(pid, &status, WNOHANG) == pid { exit = WorkerExit(status: status) }
    }
    return exit
  }

  /// How it ended, when its link has: the end of the process follows within moments. Nil when it doesn't.
  public func reapSoon() -> WorkerExit? {
    for _ in 0..<20 {
      if let exit = reap() { return exit }
      usleep(250)
    }
    return nil
  }

  private func signal(_ number: Int32) {
    // A reaped pid may be somebody else's by now.
    if exit == nil { Glibc.kill(pid, number) }
  }
}
