import Capture
import Glibc
import Platform
import SpeechClient

/// A folder with the files of a permanent recorder, and the list of those that it made: it deletes no others.
///
/// The list is a file in the folder. It lacks what somebody else put there, whatever its name.
final class RecorderFolder {
  private static let listName = ".audio-client"

  let path: String
  private var names: [String] = []

  /// Creates the folder if it is not there; only this user can look into it then.
  init(path: String) throws(CaptureError) {
    self.path = path
    guard makeFolder(path, permissions: 0o700) == nil, access(path.systemName, W_OK | X_OK) == 0 else {
      throw .fileNotWritable(path: path, CallFailure(call: "mkdir", code: Int(errno), reason: systemError()))
    }
    names = readList()
  }

  func path(of name: String) -> String { path.hasSuffix("/") ? path + name : "\(path)/\(name)" }

  private var list: String { path(of: Self.listName) }

  private func readList() -> [String] {
    guard let file = fopen(list.systemName, "re") else { return [] }
    defer { fclose(file) }
    var found: [String] = []
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = line.withUnsafeBufferPointer { String(cString: $0.baseAddress.unsafelyUnwrapped) }
      found.append(text.filter { $0 != "\n" })
    }
    return found
  }

  /// A file of this name is made next, if there is none.
  /// - Returns: whether there is none.
  @discardableResult func announce(_ name: String) -> Bool {
    var status = stat()
    guard lstat(path(of: name).systemName, &status) != 0 else { return false }
    if !names.contains(name) {
      names.append(name)
      write("\(name)\n", to: Self.listName, flags: O_APPEND)
    }
    return true
  }

  /// Appends to a file of this user, which is created if it is not there.
  /// - Returns: nil if all was written, else the reason why not.
  func append(_ text: String, to name: String) -> String? {
    announce(name)
    return write(text, to: name, flags: O_APPEND)
  }

  @discardableResult private func write(_ text: String, to name: String, flags: Int32) -> String? {
    let path = path(of: name)
    let descriptor = open(
      path.systemName, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, 0o600)
    guard descriptor >= 0 else { return "\(path): \(systemError())" }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid() else {
      return "\(path): expected a file of this user, got another one"
    }
    var text = text
    let isWhole = text.withUTF8 { Console.writeAll(UnsafeRawBufferPointer($0), to: descriptor) }
    return isWhole ? nil : "\(path): \(systemError())"
  }

  /// Deletes what the recorder made more than `days` days before today.
  /// - Returns: why something is left, if so.
  func delete(olderThan days: Int, today: CalendarDay) -> [String] {
    var troubles: [String] = []
    let old = RecorderNames.tooOld(names, today: today, keepDays: days)
    guard !old.isEmpty else { return [] }
    var left: [String] = []
    for name in old {
      if unlink(path(of: name).systemName) == 0 || errno == ENOENT { continue }
      troubles.append("\(path(of: name)): \(systemError())")
      left.append(name)
    }
    names.removeAll { old.contains($0) && !left.contains($0) }
    // One list or the other, whatever happens.
    let new = Self.listName + ".new"
    if let trouble = write(names.map { $0 + "\n" }.joined(), to: new, flags: O_TRUNC) { return troubles + [trouble] }
    if rename(path(of: new).systemName, list.systemName) != 0 { troubles.append("\(list): \(systemError())") }
    return troubles
  }
}
