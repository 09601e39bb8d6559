internal import Audio
internal import CLinux
internal import Capture
internal import Glibc
internal import Platform
internal import WorkerLink

/// Decodes one file of a client's, in a process of its own: to WAV on standard output, as it is read. For kinds that
/// libsndfile does not read, and for one that comes by a pipe, the process becomes ffmpeg.
struct FileDecoder {
  /// An open file, which is read at any position, or a pipe.
  let descriptor: Int32
  /// What comes by the pipe; nil: it is a file.
  let piped: FileKind?
  /// Path of the program; nil: there is none.
  let ffmpeg: String?
  let memoryBytes: Int?

  /// Computing time for a file: two hours of Opus take half a minute.
  private static let mostSeconds = 600
  /// The same for a pipe, which goes on as long as somebody speaks: three days of Opus take so long.
  private static let mostPipedSeconds = 3600
  private static let pieceBytes = 64 << 10

  /// - Returns: the exit status.
  func run() throws(WorkerLinkError) -> Int32 {
    // Dies of a reader that is gone.
    signal(SIGPIPE, SIG_DFL)
    if let piped {
      guard let ffmpeg, let arguments = FFmpegArguments.decode(piped, fromPipe: descriptor) else {
        return refuse(DecodeProblem.needsFFmpeg(piped))
      }
      return try become(ffmpeg, arguments, seconds: Self.mostPipedSeconds)
    }
    // The first bytes are looked at by code that has no memory to corrupt.
    if let kind = AudioFile.kind(of: descriptor), let format = kind.ffmpegFormat {
      guard let ffmpeg else { return refuse(DecodeProblem.needsFFmpeg(kind)) }
      let arguments = FFmpegArguments.decode(format, from: "/proc/self/fd/\(descriptor)")
      return try become(ffmpeg, arguments, seconds: Self.mostSeconds)
    }
    _ = try Sandbox.enter(.init(memoryBytes: memoryBytes, seconds: Self.mostSeconds))
    do throws(CaptureError) {
      try decode()
      return 0
    } catch {
      return refuse(DecodeProblem.sentence(for: error, hasFFmpeg: ffmpeg != nil))
    }
  }

  private func refuse(_ sentence: String) -> Int32 {
    StandardError.write(sentence)
    return 1
  }

  // MARK: libsndfile

  private func decode() throws(CaptureError) {
    let file = try AudioFile(descriptor: descriptor, name: "file", choose: Self.format)
    try write(WaveHeader.streamed(file.format))
    var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
    while true {
      switch piece.withUnsafeMutableBytes({ file.next(into: $0) }) {
      case .audio(let count): try write(piece[..<count])
      case .event(.failed(let error)): throw error
      // A file that was cut short is what there is of it.
      case .event: continue
      case .nothingYet, .end: return
      }
    }
  }

  /// The file's own format, or the nearest that a stream can have: more channels are mixed.
  private static func format(_ own: AudioFormat) -> AudioFormat {
    let (rates, channels) = (AudioFormat.sampleRatesHz, AudioFormat.channelCounts)
    return AudioFormat(
      sampleRate: min(max(own.sampleRate, rates.lowerBound), rates.upperBound),
      channels: channels.contains(own.channels) ? own.channels : 1,
      encoding: own.encoding == .s24in32le ? .s32le : own.encoding)
  }

  private func write(_ bytes: some Collection<UInt8>) throws(CaptureError) {
    let bytes = Array(bytes)
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress! + done, $0.count - done) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw .system(CallFailure(call: "write", code: Int(errno), reason: String(cString: strerror(errno))))
      }
      done += count
    }
  }

  // MARK: ffmpeg

  private func become(
    _ program: String, _ arguments: [String], seconds: Int
  ) throws(WorkerLinkError) -> Int32 {
    // It reads this descriptor, which must outlive the change of program.
    _ = fcntl(descriptor, F_SETFD, 0)
    _ = try Sandbox.enter(.init(program: program, memoryBytes: memoryBytes, seconds: seconds))
    var words: [UnsafeMutablePointer<CChar>?] = (["ffmpeg"] + arguments).map { strdup($0) }
    words.append(nil)
    var variables: [UnsafeMutablePointer<CChar>?] = sandboxVariables().map { strdup($0) }
    variables.append(nil)
    execve(program.systemName, words, variables)
    return refuse("\(program) cannot be run: \(String(cString: strerror(errno)))")
  }
}
