internal import CLinux
internal import Glibc
internal import Platform

/// The user of a worker whose server is root: nobody, who owns no file.
enum OtherUser {
  private static let nobody: uid_t = 65_534

  /// - Parameter readable: it stays root if nobody could not read these.
  static func enter(_ readable: [ReadablePath]) throws(SandboxProblem) {
    guard geteuid() == 0 else { throw SandboxProblem(reason: "needs a server that runs as root") }
    guard setgroups(0, nil) == 0 else { throw SandboxProblem("setgroups") }
    // Files are opened as nobody, for a look.
    setfsgid(nobody)
    setfsuid(nobody)
    let unreadable = readable.lazy.compactMap { $0.unreadable() }.first
    setfsuid(0)
    setfsgid(0)
    if let unreadable { throw SandboxProblem(reason: "\(unreadable) cannot be read by the user nobody") }
    guard setresgid(nobody, nobody, nobody) == 0 else { throw SandboxProblem("setresgid") }
    guard setresuid(nobody, nobody, nobody) == 0 else { throw SandboxProblem("setresuid") }
  }
}
