internal import CLinux
internal import Glibc
internal import Platform

/// Landlock: has the kernel refuse all files but the readable ones, TCP, and signals and abstract sockets to the
/// outside.
enum FileRules {
  /// Rights of files by the version of Landlock that introduced them, as bits (LANDLOCK_ACCESS_FS_*).
  private static let fileRights: [(version: Int32, bits: UInt64)] = [
    (1, 0x1FFF), (2, 1 << 13), (3, 1 << 14), (5, 1 << 15),
  ]
  private static let execute: UInt64 = 1
  private static let readFile: UInt64 = 1 << 2
  private static let readFolder: UInt64 = 1 << 3
  /// Binding and connecting TCP sockets, since version 4.
  private static let network: UInt64 = 3
  /// Abstract Unix sockets and signals, since version 6.
  private static let scopes: UInt64 = 3

  /// - Parameter runnable: programs that it may become, and their loaders.
  static func enter(_ readable: [ReadablePath], runnable: [ReadablePath]) throws(SystemError) {
    let version = linux_landlock_version()
    guard version > 0 else { throw SystemError(call: "landlock", code: errno) }
    let rules = linux_landlock_rules(
      fileRights.reduce(0) { $1.version <= version ? $0 | $1.bits : $0 }, version >= 4 ? network : 0,
      version >= 6 ? scopes : 0)
    guard rules >= 0 else { throw SystemError(call: "landlock_create_ruleset", code: errno) }
    defer { close(rules) }
    let rights =
      readable.map { ($0, $0.isFolder ? readFile | readFolder : readFile) } + runnable.map { ($0, readFile | execute) }
    for (path, rights) in rights {
      let descriptor = try path.open()
      defer { close(descriptor) }
      guard linux_landlock_allow(rules, rights, descriptor) == 0 else {
        throw SystemError(call: "landlock_add_rule \(path.name)", code: errno)
      }
    }
    guard linux_landlock_restrict(rules) == 0 else { throw SystemError(call: "landlock_restrict_self", code: errno) }
  }
}
