internal import Glibc

/// A seekable file: the file itself, or for a pipe all of its contents.
final class InputFile {
  enum Content {
    case descriptor(Int32)
    case memory([UInt8])
  }

  /// Read from a pipe at once: the whole buffer of a Linux pipe.
  private static let pipeBytes = 64 << 10

  let path: String
  let content: Content
  let length: Int
  /// Position of the next `read(into:)` of a file in memory.
  var offset = 0

  /// Opens `path`, or standard input for `-`; input that is not seekable is read to its end.
  init(path: String, limitBytes: Int) throws(CaptureError) {
    self.path = path
    let descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw errno == ENOENT ? .fileMissing(path: path) : Self.unreadable(path, path == "-" ? "dup" : "open")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      defer { close(descriptor) }
      throw Self.unreadable(path, "fstat")
    }
    if status.st_mode & S_IFMT == S_IFREG {
      content = .descriptor(descriptor)
      length = Int(status.st_size)
    } else {
      defer { close(descriptor) }
      let bytes = try Self.spool(descriptor, path: path, limitBytes: limitBytes)
      content = .memory(bytes)
      length = bytes.count
    }
    // All properties are set, so that deinit closes the descriptor.
    guard length > 0 else { throw .fileEmpty(path: path) }
  }

  deinit {
    if case .descriptor(let descriptor) = content { close(descriptor) }
  }

  private static func unreadable(_ path: String, _ call: String) -> CaptureError {
    let code = errno
    return .fileNotReadable(
      path: path, CallFailure(call: call, code: Int(code), reason: String(cString: strerror(code))))
  }

  private static func spool(_ descriptor: Int32, path: String, limitBytes: Int) throws(CaptureError) -> [UInt8] {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: pipeBytes)
    while true {
      let count = Glibc.read(descriptor, &block, block.count)
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw unreadable(path, "read")
      }
      guard bytes.count + count <= limitBytes else { throw .inputTooLong(path: path, limitBytes: limitBytes) }
      bytes.append(contentsOf: block[..<count])
    }
  }

  /// The bytes at `position`, fewer than `count` at the end.
  func bytes(at position: Int, count: Int) -> [UInt8] {
    switch content {
    case .memory(let bytes):
      return Array(bytes.dropFirst(position).prefix(count))
    case .descriptor(let descriptor):
      return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        filled = max(0, pread(descriptor, buffer.baseAddress, count, off_t(position)))
      }
    }
  }

  /// Continues reading at `offset` of a file in memory.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard case .memory(let bytes) = content else { preconditionFailure("libsndfile reads a real file by itself") }
    let count = min(buffer.count, length - offset)
    bytes.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<(offset + count)])) }
    offset += count
    return count
  }
}
