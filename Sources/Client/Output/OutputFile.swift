import Glibc
import Platform
import SpeechClient

/// The results of a stream in a file, which is overwritten.
final class OutputFile: ResultSink {
  let path: String
  private var descriptor: Int32
  private(set) var failure: String?

  /// - Returns: nil if the file cannot be written. The reason is in `errno`.
  init?(path: String) {
    self.path = path
    descriptor = open(path.systemName, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    if descriptor < 0 { return nil }
  }

  deinit { finish() }

  var isSeen: Bool { false }
  var isFull: Bool { false }

  func write(_ text: UnsafeRawBufferPointer) {
    guard failure == nil, descriptor >= 0, !Console.writeAll(text, to: descriptor) else { return }
    failure = "\(path): \(systemError())"
  }

  func finish() {
    guard descriptor >= 0 else { return }
    // Some file systems report only now that they are full.
    if close(descriptor) != 0, errno != EINTR, failure == nil { failure = "\(path): \(systemError())" }
    descriptor = -1
  }
}

/// Creates a folder and its parents. - Returns: nil if it exists now, else the reason why not.
func makeFolder(_ path: String, permissions: mode_t = 0o777) -> String? {
  let slash = UInt8(ascii: "/")
  var made = path.utf8.first == slash ? "/" : ""
  for part in path.systemBytes.split(separator: slash) {
    made += (made.utf8.isEmpty || made == "/" ? "" : "/") + String(systemBytes: part)
    if mkdir(made.systemName, permissions) != 0, errno != EEXIST { return "\(made): \(systemError())" }
  }
  var status = stat()
  guard stat(path.systemName, &status) == 0 else { return "\(path): \(systemError())" }
  return status.st_mode & S_IFMT == S_IFDIR ? nil : "\(path): \(String(cString: strerror(ENOTDIR)))"
}
