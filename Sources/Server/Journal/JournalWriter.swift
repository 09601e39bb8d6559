import Glibc
import Platform
import Synchronization

/// Writes a loop's batches to its files, on a thread of its own: the loop never waits for the disk.
final class JournalWriter: Sendable {
  enum Job: Sendable {
    /// From here on batches go to this new file.
    case begin(path: String)
    case write([UInt8], number: Int)
    case delete(paths: [String])
    /// Nothing follows.
    case end
  }

  /// Bytes that may wait: more than ten seconds of what the largest server writes.
  private static let queueBytes = 256 << 20

  private struct State {
    var jobs: [Job] = []
    var bytes = 0
    var thread: SystemThread?
  }

  private let state = Mutex(State())
  private let wakeup: Wakeup
  private let secret: [UInt8]?
  private let flushes: Bool

  init(_ settings: JournalSettings) throws(SystemError) {
    wakeup = try Wakeup()
    secret = settings.key
    flushes = settings.sync == .always
  }

  /// False if so much waits for the disk that the job was not taken.
  func submit(_ job: Job) -> Bool {
    let isTaken = state.withLock { state in
      if case .write(let bytes, _) = job {
        guard state.bytes + bytes.count <= Self.queueBytes else { return false }
        state.bytes += bytes.count
      }
      state.jobs.append(job)
      return true
    }
    if isTaken { wakeup.signal() }
    return isTaken
  }

  /// - Parameter written: called on the writer's thread for each batch; a failure ends the file.
  func start(written: @escaping @Sendable (_ number: Int, _ failure: String?) -> Void) throws(SystemError) {
    let thread = try SystemThread { [self] in run(written: written) }
    state.withLock { $0.thread = thread }
  }

  /// Waits until everything is written.
  func end() {
    _ = submit(.end)
    state.withLock { $0.thread }?.join()
  }

  private func run(written: (_ number: Int, _ failure: String?) -> Void) {
    var file = OpenFile()
    while true {
      var watched = pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0)
      poll(&watched, 1, -1)
      wakeup.reset()
      let jobs = state.withLock { state in
        defer { (state.jobs, state.bytes) = ([], 0) }
        return state.jobs
      }
      for job in jobs {
        switch job {
        case .begin(let path): file.begin(path, secret: secret)
        case .write(let bytes, let number): written(number, file.write(bytes, flushes: flushes))
        case .delete(let paths): for path in paths { unlink(path.systemName) }
        case .end: return file.close()
        }
      }
    }
  }
}

/// The file that is being written.
private struct OpenFile {
  private var descriptor: Int32 = -1
  private var cipher: JournalCipher?
  private var batches = 0
  /// Bytes of it.
  private var count = 0
  private var failure: String?

  mutating func begin(_ path: String, secret: [UInt8]?) {
    close()
    failure = nil
    (batches, count) = (0, 0)
    let salt = randomBytes(JournalCipher.saltBytes)
    let cipher = JournalCipher(salt: salt, secret: secret)
    self.cipher = cipher
    descriptor = open(path.systemName, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    if descriptor < 0 { failure = "\(path): \(String(cString: strerror(errno)))" }
    JournalFile.head(salt: salt, cipher, isSecret: secret != nil).withUnsafeBytes { put($0) }
  }

  /// - Returns: why that is not possible.
  mutating func write(_ bytes: [UInt8], flushes: Bool) -> String? {
    guard failure == nil, let cipher else { return failure ?? "no file" }
    let place = count
    [UInt8](repeating: 0, count: JournalFile.batchHeadBytes).withUnsafeBytes { put($0) }
    let head = JournalFile.seal(bytes, cipher, at: batches) { put($0) }
    head.withUnsafeBytes { put($0, at: place) }
    batches += 1
    if failure == nil, flushes, fdatasync(descriptor) != 0 { failure = String(cString: strerror(errno)) }
    return failure
  }

  /// At the end.
  private mutating func put(_ bytes: UnsafeRawBufferPointer) {
    put(bytes, at: count)
    count += bytes.count
  }

  private mutating func put(_ bytes: UnsafeRawBufferPointer, at place: Int) {
    var done = 0
    while failure == nil, done < bytes.count {
      let count = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, place + done)
      if count > 0 { done += count } else if errno != EINTR { failure = String(cString: strerror(errno)) }
    }
  }

  mutating func close() {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }
}
