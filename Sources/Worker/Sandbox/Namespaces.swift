internal import CLinux
internal import Glibc
internal import Platform

/// Namespaces of its own: a network without interfaces, and a root that holds what is readable and nothing else.
enum Namespaces {
  /// Needs root, or a kernel that lets users make namespaces; this process must have one thread only.
  static func enter(_ readable: [ReadablePath]) throws(SystemError) {
    try leave(linux_new_mounts | outside)
    // What is mounted from here on is not seen outside.
    try mount(nil, "/", nil, MS_REC | MS_PRIVATE)
    try makeRoot(readable)
  }

  /// A network without interfaces, and nothing else of the system's to talk to others by; the files stay.
  static func leaveNetwork() throws(SystemError) { try leave(outside) }

  private static let outside = linux_new_control_groups | linux_new_host_names | linux_new_ipc | linux_new_network

  private static func leave(_ flags: Int) throws(SystemError) {
    let (user, group) = (geteuid(), getegid())
    guard unshare(Int32(flags)) != 0 else { return }
    guard unshare(Int32(flags | linux_new_user)) == 0 else { throw SystemError(call: "unshare", code: errno) }
    // It stays the user that it is, and has all rights within.
    try write("deny", to: "/proc/self/setgroups")
    try write("\(user) \(user) 1", to: "/proc/self/uid_map")
    try write("\(group) \(group) 1", to: "/proc/self/gid_map")
  }

  /// Any folder that every system has: it is covered for this process alone, and only until its root is another.
  private static let place = "/usr"

  private static func makeRoot(_ readable: [ReadablePath]) throws(SystemError) {
    // Opened first: they may lie in what is about to be covered.
    var sources: [Int32] = []
    defer { for source in sources { close(source) } }
    for path in readable { sources.append(try path.open()) }
    try mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m,nr_inodes=4k")
    do throws(SystemError) {
      for (path, source) in zip(readable, sources) {
        try makePlace(for: path)
        try mount("/proc/self/fd/\(source)", place + path.name, nil, MS_BIND | MS_REC)
      }
      try check("chdir", chdir(place))
      try check("pivot_root", linux_pivot_root("."))
    } catch {
      umount2(place, Int32(MNT_DETACH))
      throw error
    }
    // The old root lies on top.
    try check("umount", umount2(".", Int32(MNT_DETACH)))
    try check("chdir", chdir("/"))
    let readOnly: UInt64 = 1 | 2 | 4 | 8  // MOUNT_ATTR_RDONLY, NOSUID, NODEV, NOEXEC
    try check("mount_setattr", linux_restrict_mounts("/", readOnly))
  }

  /// Makes the folders above it in the new root, and an empty file or folder to mount it on.
  private static func makePlace(for path: ReadablePath) throws(SystemError) {
    let parts = path.name.split(separator: "/")
    var made = place
    for (index, part) in parts.enumerated() {
      made += "/\(part)"
      if index == parts.count - 1, !path.isFolder {
        let file = open(made.systemName, O_WRONLY | O_CREAT | O_CLOEXEC, 0o444)
        guard file >= 0 else { throw SystemError(call: "open", code: errno) }
        close(file)
      } else if mkdir(made.systemName, 0o755) != 0, errno != EEXIST {
        throw SystemError(call: "mkdir", code: errno)
      }
    }
  }

  private static func mount(
    _ source: String?, _ target: String, _ type: String?, _ flags: Int, _ options: String? = nil
  ) throws(SystemError) {
    try check("mount", Glibc.mount(source, target.systemName, type, UInt(flags), options))
  }

  private static func write(_ text: String, to file: String) throws(SystemError) {
    let descriptor = open(file, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError(call: "open \(file)", code: errno) }
    defer { close(descriptor) }
    try check("write \(file)", Glibc.write(descriptor, text, text.utf8.count) < 0 ? -1 : 0)
  }

  private static func check(_ call: String, _ result: Int32) throws(SystemError) {
    guard result == 0 else { throw SystemError(call: call, code: errno) }
  }
}
