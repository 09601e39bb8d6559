internal import Glibc
internal import Platform

/// The bytes of a regular file, at any position, or of a pipe as they come.
///
/// Of a pipe, all bytes are kept until the sound begins, then the latest ones. Reading waits for bytes that have not
/// been written yet, until `stopping`.
final class InputFile {
  /// Read from a pipe at once: the whole buffer of a Linux pipe.
  private static let pipeBytes = 64 << 10
  /// Bytes of a pipe that are kept behind what was read: libsndfile goes back by a page of Ogg at most.
  private static let keptBytes = 1 << 18
  /// How much of a pipe may come before the sound: pages of metadata, pictures.
  private static let headerBytes = 32 << 20
  /// How long a program that was told to stop may still write.
  private static let grace = Duration.seconds(1)

  let path: String
  /// Set for a pipe: ends it after a moment.
  let stopping: StopSignal?
  /// Bytes of a regular file.
  private(set) var length: Int?
  /// The read error, if any.
  private(set) var failure: CallFailure?
  private(set) var descriptor: Int32
  /// Where the input begins in a file that others have read from.
  private var base: Int
  private var window: [UInt8] = []
  private var windowStart = 0
  private var hasEnded = false
  private var keepsAll = true

  /// Opens `path`, or standard input for `-`.
  convenience init(path: String) throws(CaptureError) {
    try self.init(path: path, descriptor: Self.open(path))
  }

  /// Takes an open descriptor over, and closes it at the end.
  init(path: String, descriptor: Int32) throws(CaptureError) {
    self.path = path
    self.descriptor = descriptor
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let failure = Self.unreadable(path, "fstat")
      close(descriptor)
      throw failure
    }
    if status.st_mode & S_IFMT == S_IFREG {
      base = max(0, Int(lseek(descriptor, 0, SEEK_CUR)))
      length = max(0, Int(status.st_size) - base)
      stopping = nil
    } else {
      base = 0
      length = nil
      do throws(CaptureError) { stopping = try StopSignal() } catch {
        close(descriptor)
        throw error
      }
    }
    // All properties are set, so that deinit closes the descriptor.
    guard !bytes(at: 0, count: 1).isEmpty else {
      throw failure.map { .fileNotReadable(path: path, $0) } ?? .fileEmpty(path: path)
    }
  }

  deinit { close(descriptor) }

  private static func open(_ path: String) throws(CaptureError) -> Int32 {
    let isStandardInput = path == "-"
    var descriptor = isStandardInput ? dup(STDIN_FILENO) : Glibc.open(path.systemName, O_RDONLY | O_CLOEXEC)
    // A socket cannot be opened by a name, only copied.
    if descriptor < 0, errno == ENXIO, let number = number(of: path) { descriptor = dup(number) }
    guard descriptor >= 0 else {
      throw errno == ENOENT ? .fileMissing(path: path) : unreadable(path, isStandardInput ? "dup" : "open")
    }
    return descriptor
  }

  /// The descriptor that a path of the system means.
  private static func number(of path: String) -> Int32? {
    if path == "/dev/stdin" { return STDIN_FILENO }
    for folder in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(folder) {
      return Int32(path.dropFirst(folder.count))
    }
    return nil
  }

  private static func unreadable(_ path: String, _ call: String) -> CaptureError {
    .fileNotReadable(path: path, Self.failure(call))
  }

  private static func failure(_ call: String) -> CallFailure {
    let code = errno
    return CallFailure(call: call, code: Int(code), reason: String(cString: strerror(code)))
  }

  var isPipe: Bool { length == nil }
  /// Where a regular file ends, and a pipe that has ended.
  var end: Int? { length ?? (hasEnded ? windowStart + window.count : nil) }

  /// The sound of a pipe begins: what was read before is no longer kept.
  func forget() { keepsAll = false }

  /// Turns a pipe into a file, once it has ended: libsndfile seeks in what it does not know.
  func settle() throws(CaptureError) {
    guard isPipe else { return }
    guard let file = tmpfile() else { throw Self.unreadable(path, "tmpfile") }
    defer { fclose(file) }
    var size = 0
    repeat {
      guard fwrite(window, 1, window.count, file) == window.count else { throw Self.unreadable(path, "write") }
      size += window.count
      window = []
      if !hasEnded { fill() }
    } while !window.isEmpty
    let copy = fflush(file) == 0 ? dup(fileno(file)) : -1
    guard copy >= 0 else { throw Self.unreadable(path, "write") }
    close(descriptor)
    descriptor = copy
    base = 0
    length = size
  }

  /// The bytes at `position`, fewer than `count` at the end.
  func bytes(at position: Int, count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = read(at: position, into: UnsafeMutableRawBufferPointer(buffer))
    }
  }

  /// Reads from `position` on; returns how many bytes, fewer than requested only at the end.
  func read(at position: Int, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard isPipe else { return readFile(at: position, into: buffer) }
    while !hasEnded, windowStart + window.count < position + buffer.count {
      // Nobody has so much to skip: libsndfile looks for the end.
      guard position <= windowStart + window.count + Self.headerBytes else { return 0 }
      fill()
    }
    guard position >= windowStart else { return 0 }
    let part = window.dropFirst(position - windowStart).prefix(buffer.count)
    buffer.copyBytes(from: part)
    if !keepsAll { drop(before: position) }
    return part.count
  }

  private func readFile(at position: Int, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    var done = 0
    while done < buffer.count {
      let count = pread(
        descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, off_t(base + position + done))
      if count < 0 {
        if errno == EINTR { continue }
        if failure == nil { failure = Self.failure("read") }
      }
      guard count > 0 else { break }
      done += count
    }
    return done
  }

  private func drop(before position: Int) {
    let old = min(position - Self.keptBytes - windowStart, window.count)
    guard old > Self.keptBytes else { return }
    window.removeFirst(old)
    windowStart += old
  }

  /// Waits for bytes and takes them in.
  private func fill() {
    guard window.count <= Self.headerBytes, stopping?.waits(for: descriptor, grace: Self.grace) != false else {
      hasEnded = true
      return
    }
    var block = [UInt8](repeating: 0, count: Self.pipeBytes)
    let count = Glibc.read(descriptor, &block, block.count)
    if count > 0 {
      window.append(contentsOf: block[..<count])
    } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
      if count < 0 { failure = Self.failure("read") }
      hasEnded = true
    }
  }
}
