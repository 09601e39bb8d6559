internal import Glibc

/// The nodes of sound cards in /dev/snd, which libasound opens and of which it does not say why it cannot.
enum SoundNodes {
  struct Node {
    var path: String
    /// The error of opening it; 0: none.
    var code: Int32
    /// The name of the group that it belongs to, or its number.
    var group: String
  }

  /// The failure of the first node that this user may not open, with the remedy; nil if there is none.
  static func refused(by nodes: [Node]) -> CallFailure? {
    guard let node = nodes.first(where: { $0.code == EACCES || $0.code == EPERM }) else { return nil }
    let remedy =
      node.code == EACCES
      ? "it belongs to the group \(node.group): sudo usermod -aG \(node.group) $USER, then log in again; "
        + "in a container --group-add \(node.group)"
      : "in a container --device /dev/snd"
    let reason = String(cString: strerror(node.code))
    return CallFailure(call: "open", code: Int(node.code), reason: "\(node.path): \(reason); \(remedy)")
  }

  /// Those of this machine by which a card is found and recorded. Opening the control node changes nothing; the others
  /// are only asked.
  static var system: [Node] {
    guard let folder = opendir("/dev/snd") else { return [] }
    defer { closedir(folder) }
    var nodes: [Node] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      let isCapture = name.hasPrefix("pcmC") && name.hasSuffix("c")
      guard name.hasPrefix("controlC") || isCapture else { continue }
      let path = "/dev/snd/\(name)"
      nodes.append(Node(path: path, code: isCapture ? permission(path) : opening(path), group: group(of: path)))
    }
    return nodes.sorted { $0.path < $1.path }
  }

  private static func permission(_ path: String) -> Int32 { access(path, R_OK | W_OK) == 0 ? 0 : errno }

  private static func opening(_ path: String) -> Int32 {
    let descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return errno }
    close(descriptor)
    return 0
  }

  private static func group(of path: String) -> String {
    var status = stat()
    guard stat(path, &status) == 0 else { return "audio" }
    return getgrgid(status.st_gid).map { String(cString: $0.pointee.gr_name) } ?? "\(status.st_gid)"
  }
}
