internal import CLinux
internal import Glibc
internal import Platform

/// A file or folder that a sandboxed process may read.
struct ReadablePath: Equatable {
  let name: String
  let isFolder: Bool

  /// nil if there is nothing of that name.
  init?(_ name: String) {
    var status = stat()
    guard stat(name.systemName, &status) == 0 else { return nil }
    self.name = name
    isFolder = status.st_mode & S_IFMT == S_IFDIR
  }

  /// A descriptor that only names it.
  func open() throws(SystemError) -> Int32 {
    let descriptor = Glibc.open(name.systemName, Int32(linux_path_only) | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError(call: "open \(name)", code: errno) }
    return descriptor
  }

  /// What onnxruntime reads about the processor; without it, it complains and picks slower code.
  static let processor = ["/proc/cpuinfo", "/sys/devices/system/cpu"].compactMap(ReadablePath.init)

  /// Folders of a program's libraries.
  static func libraries(of program: String) -> [ReadablePath] {
    let folders = canonical(program).split(separator: "/").dropLast()
    let own = folders.last == "bin" ? "/\(folders.dropLast().joined(separator: "/"))/lib" : nil
    return (["/usr", "/lib", "/lib64", "/etc/ld.so.cache"] + (own.map { [$0] } ?? [])).compactMap(ReadablePath.init)
  }

  /// A program and what loads it.
  static func runnable(_ program: String) -> [ReadablePath] {
    [program, "/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"].compactMap(ReadablePath.init)
  }

  /// These folders and files, and what symbolic links directly in the folders lead to.
  static func all(_ names: [String]) -> [ReadablePath] {
    names.flatMap { name in
      [name]
        + entries(of: name).compactMap { entry in
          var status = stat()
          let isLink = lstat(entry.systemName, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
          return isLink ? canonical(entry) : nil
        }
    }.compactMap(ReadablePath.init)
  }

  /// Its path without symbolic links; as it is if there is no such file.
  static func canonical(_ name: String) -> String {
    guard let path = realpath(name.systemName, nil) else { return name }
    defer { free(path) }
    return String(systemName: path)
  }

  /// The first of its files that this thread may not read.
  func unreadable() -> String? { Self.unreadable(name, depth: Self.mostDepth) }

  private static let mostDepth = 4
  private static let mostEntries = 1000

  private static func unreadable(_ name: String, depth: Int) -> String? {
    let descriptor = Glibc.open(name.systemName, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    // A link that leads nowhere is nobody's loss.
    guard descriptor >= 0 else { return errno == ENOENT ? nil : name }
    close(descriptor)
    guard depth > 0 else { return nil }
    return entries(of: name).lazy.compactMap { unreadable($0, depth: depth - 1) }.first
  }

  /// The paths in a folder; none for a file.
  private static func entries(of name: String) -> [String] {
    guard let folder = opendir(name.systemName) else { return [] }
    defer { closedir(folder) }
    var entries: [String] = []
    while entries.count < mostEntries, let entry = readdir(folder) {
      let own = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(systemBytes: bytes.prefix { $0 != 0 })
      }
      if own != ".", own != ".." { entries.append("\(name)/\(own)") }
    }
    return entries
  }
}
