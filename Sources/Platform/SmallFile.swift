internal import Glibc

/// Regular files that are read and written as a whole, and the names in a folder.
public enum SmallFile {
  /// - Parameter limit: a file with more bytes is refused.
  public static func bytes(of path: String, upTo limit: Int) throws(SystemError) -> [UInt8] {
    // Without O_NONBLOCK a pipe of that name would be waited for.
    let descriptor = open(path.systemName, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw SystemError(call: "open", code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw SystemError(call: "fstat", code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw SystemError(call: "read", code: EINVAL) }
    guard Int(status.st_size) <= limit else { throw SystemError(call: "read", code: EFBIG) }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var done = 0
    while done < bytes.count {
      let rest = bytes.count - done
      let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress?.advanced(by: done), rest) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw SystemError(call: "read", code: count < 0 ? errno : EIO) }
      done += count
    }
    return bytes
  }

  /// All or nothing: who reads it now gets the old bytes or the new ones.
  /// - Parameter keepsAccess: whether owner and mode of the old file are kept; otherwise its owner alone may read it.
  public static func replace(_ path: String, with bytes: [UInt8], keepsAccess: Bool) throws(SystemError) {
    let fresh = (path + ".new").systemName
    unlink(fresh)
    let descriptor = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemError(call: "open", code: errno) }
    defer { close(descriptor) }
    var status = stat()
    if keepsAccess, stat(path.systemName, &status) == 0 {
      fchmod(descriptor, status.st_mode & 0o777)
      _ = fchown(descriptor, status.st_uid, status.st_gid)
    }
    guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0,
      rename(fresh, path.systemName) == 0
    else { throw SystemError(call: "write", code: errno) }
  }

  /// The names in a folder, in no order.
  public static func names(in folder: String) throws(SystemError) -> [String] {
    guard let directory = opendir(folder.systemName) else { throw SystemError(call: "opendir", code: errno) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      names.append(
        withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    return names
  }
}
