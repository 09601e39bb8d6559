internal import Glibc

/// Programs of the system.
public enum ExecutablePath {
  /// Path of a program; nil: it is nowhere on the PATH.
  public static func named(_ name: String) -> String? {
    let folders = (environmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
    return folders.map { "\($0)/\(name)" }.first(where: isExecutable)
  }

  public static func isExecutable(_ path: String) -> Bool { access(path.systemName, X_OK) == 0 }
}
