import Audio
import CLinux
import Glibc
import IO
import Platform

/// A process that decodes one file, and its output as it comes.
final class DecodeProcess {
  /// Delivered on the loop's thread.
  enum Event {
    /// The next bytes of a WAVE file; valid during the call.
    case output(UnsafeRawBufferPointer)
    /// It has said what is wrong with the file, and may go on.
    case complained(String)
    /// All output was delivered.
    case ended(DecodeEnd)
  }

  private unowned let loop: EventLoop
  private let pid: Int32
  private let output: Int32
  private let errors: Int32
  private var outputWatch: DescriptorWatch?
  private var errorWatch: DescriptorWatch?
  private var complaint: [UInt8] = []
  private var event: ((Event) -> Void)?
  private var isReaped = false
  private var hasComplained = false

  private static let pieceBytes = 256 << 10
  private static let longestComplaint = 4096
  /// After its output has ended a process has little left to do.
  private static let reapInterval = Duration.milliseconds(2)
  private static let patience = Duration.seconds(5)
  /// Private memory of a process, in MiB.
  private static let memoryMiB = 1024

  /// - Parameters:
  ///   - file: an open file, or the reading end of a pipe.
  ///   - piped: what comes by the pipe; nil: it is a file.
  init(
    of file: Int32, piped: FileKind? = nil, program: String, ffmpeg: String?, loop: EventLoop,
    event: @escaping (Event) -> Void
  ) throws(SystemError) {
    self.loop = loop
    self.event = event
    let outputs = try PipeEnds(own: .reading)
    let errorLines = try PipeEnds(own: .reading)
    var spawn = ProgramSpawn(
      path: program,
      arguments: [program, "--decode", "--memory-mb", "\(Self.memoryMiB)"] + (ffmpeg.map { ["--ffmpeg", $0] } ?? [])
        + (piped.map { ["--piped", $0.rawValue] } ?? []))
    spawn.standardOutput = outputs.other
    spawn.standardError = errorLines.other
    spawn.link = file
    spawn.environment = sandboxVariables()
    spawn.hasOwnGroup = true
    pid = try spawn.start()
    output = outputs.takeOwn()
    errors = errorLines.takeOwn()
    outputWatch = loop.watch(descriptor: output, readable: { [weak self] in self?.readOutput() })
    errorWatch = loop.watch(descriptor: errors, readable: { [weak self] in self?.complain() })
  }

  deinit {
    outputWatch?.cancel()
    errorWatch?.cancel()
    close(output)
    close(errors)
    guard !isReaped else { return }
    kill(pid, SIGKILL)
    while waitpid(pid, nil, 0) < 0, errno == EINTR {}
  }

  /// Off, its pipe fills and it waits.
  var isReading: Bool {
    get { outputWatch?.wantsReadable ?? false }
    set { outputWatch?.wantsReadable = newValue }
  }

  /// Ends it at once; nothing more is told.
  func cancel() {
    event = nil
    outputWatch?.cancel()
    errorWatch?.cancel()
    (outputWatch, errorWatch) = (nil, nil)
  }

  // MARK: From the process

  private func readOutput() {
    withUnsafeTemporaryAllocation(byteCount: Self.pieceBytes, alignment: 1) { memory in
      let count = read(output, memory.baseAddress, memory.count)
      if count > 0 {
        event?(.output(UnsafeRawBufferPointer(rebasing: memory[..<count])))
      } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
        outputWatch?.cancel()
        outputWatch = nil
        reap(until: loop.now + Self.patience)
      }
    }
  }

  /// Its first line says what is wrong, the next ones what follows from that.
  private func complain() {
    _ = readErrors()
    guard !hasComplained, complaint.contains(UInt8(ascii: "\n")), let words else { return }
    hasComplained = true
    event?(.complained(words))
  }

  private var words: String? { FFmpegArguments.complaint(in: String(decoding: complaint, as: UTF8.self)) }

  /// - Returns: whether there may be more.
  private func readErrors() -> Bool {
    var buffer = [UInt8](repeating: 0, count: Self.longestComplaint)
    let count = read(errors, &buffer, buffer.count)
    if count > 0 {
      complaint += buffer.prefix(min(count, Self.longestComplaint - complaint.count))
      return true
    } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
      errorWatch?.cancel()
      errorWatch = nil
    }
    return false
  }

  private func reap(until end: Duration) {
    var status: Int32 = 0
    if waitpid(pid, &status, WNOHANG) == pid {
      isReaped = true
      return finish(status)
    }
    if loop.now >= end { kill(pid, SIGKILL) }
    loop.after(Self.reapInterval) { [weak self] in if self?.event != nil { self?.reap(until: end) } }
  }

  private func finish(_ status: Int32) {
    while readErrors() {}
    let event = event
    cancel()
    event?(.ended(DecodeEnd(complaint: words, isClean: status == 0)))
  }
}

/// How a decoder ended.
struct DecodeEnd: Equatable {
  /// The first line that it wrote on its standard error.
  var complaint: String?
  /// By itself, and without giving up.
  var isClean = true

  /// Why not all of the file was decoded; nil: all was.
  var problem: String? { complaint ?? (isClean ? nil : "the decoder ended on it") }
}
