import Glibc
import Platform

/// Slots of one size in an unlinked file, which is created when first needed and vanishes with the program.
final class SpoolFile {
  /// Why the file cannot be used any longer, if so.
  private(set) var failure: String?
  private let slotBytes: Int
  private let folders: [String]
  private var descriptor: Int32 = -1

  /// - Parameter folder: of the file. Nil: `TMPDIR`, else `/var/tmp`, which is on disk, or `/tmp`.
  init(slotBytes: Int, folder: String? = nil) {
    self.slotBytes = slotBytes
    let named = folder ?? environmentVariable("TMPDIR")
    folders = named.map { [$0] } ?? ["/var/tmp", "/tmp"]
  }

  /// Creates the file if that has not been done: whether it can be is known before it is needed.
  func prepare() { _ = open() }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// - Returns: whether it was written.
  func write(_ bytes: [UInt8], slot: Int) -> Bool {
    precondition(bytes.count <= slotBytes, "A slot holds a chunk.")
    guard failure == nil, open() else { return false }
    let written = bytes.withUnsafeBytes { buffer in
      transfer(buffer.count) { done in
        pwrite(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, place(slot) + off_t(done))
      }
    }
    if !written { fail() }
    return written
  }

  /// - Returns: the bytes written there. Nil if the disk has lost them.
  func read(slot: Int, count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let isWhole = bytes.withUnsafeMutableBytes { buffer in
      transfer(count) { done in
        pread(descriptor, buffer.baseAddress?.advanced(by: done), count - done, place(slot) + off_t(done))
      }
    }
    if !isWhole { fail() }
    return isWhole ? bytes : nil
  }

  /// Frees the disk space.
  func empty() { if descriptor >= 0 { ftruncate(descriptor, 0) } }

  private func place(_ slot: Int) -> off_t { off_t(slot * slotBytes) }

  private func open() -> Bool {
    if descriptor >= 0 { return true }
    for folder in folders {
      var path = "\(folder)/audio-client.XXXXXX".systemName
      // Only this user can read it, and after the next line no other program finds it.
      descriptor = mkstemp(&path)
      guard descriptor < 0 else {
        unlink(path)
        return true
      }
    }
    fail()
    return false
  }

  private func transfer(_ count: Int, _ some: (Int) -> Int) -> Bool {
    var done = 0
    while done < count {
      let moved = some(done)
      if moved < 0, errno == EINTR { continue }
      guard moved > 0 else { return false }
      done += moved
    }
    return true
  }

  private func fail() { if failure == nil { failure = "\(folders.joined(separator: ", ")): \(systemError())" } }
}

/// The system's message for the call that has just failed.
package func systemError() -> String { String(cString: strerror(errno)) }
