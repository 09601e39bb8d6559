internal import Audio
internal import CLinux
internal import Glibc
internal import Platform

/// ffmpeg at work on a file of a kind that libsndfile does not read. Its output is a pipe with a WAV file.
final class FFmpegProcess {
  /// Its output, for the reader to close.
  let output: Int32
  private let pid: Int32
  private let errors: Int32
  private var state = State.running

  private enum State {
    case running
    /// With its complaint, if it had one.
    case ended(problem: String?)
  }

  /// - Parameter file: the descriptor of a regular file, at its beginning.
  init(_ format: String, file: Int32, program: String) throws(SystemError) {
    var ends: [Int32] = [-1, -1]
    guard pipe2(&ends, O_CLOEXEC) == 0 else { throw SystemError(call: "pipe2", code: errno) }
    defer { close(ends[1]) }
    // MFD_CLOEXEC
    errors = memfd_create("ffmpeg", 1)
    guard errors >= 0 else {
      let code = errno
      close(ends[0])
      throw SystemError(call: "memfd_create", code: code)
    }
    var spawn = ProgramSpawn(
      path: program, arguments: ["ffmpeg"] + FFmpegArguments.decode(format, from: "/dev/fd/3"))
    spawn.standardOutput = ends[1]
    spawn.standardError = errors
    spawn.link = file
    // Ctrl-C is for this program to act on.
    spawn.hasOwnGroup = true
    do throws(SystemError) { pid = try spawn.start() } catch {
      close(ends[0])
      close(errors)
      throw error
    }
    output = ends[0]
  }

  deinit {
    if case .running = state {
      kill(pid, SIGKILL)
      _ = end()
    }
    close(errors)
  }

  /// Waits for it to end, which it does with its output, or once that is closed. - Returns: its complaint.
  func end() -> String? {
    if case .ended(let problem) = state { return problem }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    let problem = complaint ?? (status == 0 ? nil : "ffmpeg failed")
    state = .ended(problem: problem)
    return problem
  }

  /// The first line that it wrote: the cause. Consequences follow.
  private var complaint: String? {
    var bytes = [UInt8](repeating: 0, count: Self.longestComplaint)
    let count = pread(errors, &bytes, bytes.count, 0)
    return FFmpegArguments.complaint(in: String(decoding: bytes.prefix(max(0, count)), as: UTF8.self))
  }

  private static let longestComplaint = 4096
}

/// ffmpeg with the file that it decodes.
struct ForeignDecoder {
  let kind: String
  private let path: String
  private let process: FFmpegProcess

  /// Nil where there is no ffmpeg.
  init?(_ kind: FileKind, of file: InputFile) throws(CaptureError) {
    guard let format = kind.ffmpegFormat, let program = ExecutablePath.named("ffmpeg") else { return nil }
    self.kind = kind.name
    path = file.path
    do throws(SystemError) {
      process = try FFmpegProcess(format, file: file.descriptor, program: program)
    } catch {
      throw .notDecoded(path: file.path, kind: kind.name, reason: "\(error)")
    }
  }

  var output: Int32 { process.output }

  /// Its complaint, once its output has ended.
  var problem: CaptureError? { process.end().map { .notDecoded(path: path, kind: kind, reason: $0) } }
}
