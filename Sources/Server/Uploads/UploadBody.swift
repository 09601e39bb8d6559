import CLinux
import Glibc
import Platform

/// An uploaded file in memory, for a process that decodes it.
final class UploadBody {
  let descriptor: Int32
  private(set) var bytes = 0
  private let digest = StreamDigest()

  // linux/memfd.h and fcntl.h.
  private static let isClosedOnExec: UInt32 = 1
  private static let maySeal: UInt32 = 2
  private static let sealAll: Int32 = 0xF

  init() throws(SystemError) {
    descriptor = memfd_create("upload", Self.isClosedOnExec | Self.maySeal)
    guard descriptor >= 0 else { throw SystemError(call: "memfd_create", code: errno) }
  }

  deinit { close(descriptor) }

  func append(_ piece: UnsafeRawBufferPointer) throws(SystemError) {
    var rest = piece
    while !rest.isEmpty {
      let count = write(descriptor, rest.baseAddress, rest.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw SystemError(call: "write", code: errno) }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    bytes += piece.count
    digest.update(piece)
  }

  /// It is complete: nobody changes it from here on, and it is read from its beginning.
  func seal() {
    _ = linux_add_seals(descriptor, Self.sealAll)
    lseek(descriptor, 0, SEEK_SET)
  }

  var sha256: String { digest.hexadecimal }

  /// The bytes at a position; fewer at the end.
  func read(at position: Int, upTo count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = max(0, pread(descriptor, buffer.baseAddress, count, off_t(position)))
    }
  }
}
