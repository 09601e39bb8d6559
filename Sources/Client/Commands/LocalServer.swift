import Glibc
import Platform
import SpeechClient

/// A server for one command: a process of its own, reached over a socket in a folder of its own.
final class LocalServer {
  /// Why there is none.
  struct Failure: Error {
    var reason: String
  }

  /// A server listens as soon as its workers have loaded their models.
  private static let startPatience = Duration.seconds(30)
  /// Longer than a server's --shutdown-timeout.
  private static let endPatience = Duration.seconds(12)
  private static let pause = 20_000

  /// The engine of --local if none is named.
  static let engine = "speech"
  static let url = "ws://localhost/api/audio/ws"

  private let folder: String
  private var pid: Int32 = 0

  var socket: String { "\(folder)/server.sock" }
  private var log: String { "\(folder)/server.log" }

  /// Starts it, and waits until it listens.
  /// - Parameter language: the command's, whose model the server loads when it starts.
  init(engine: String, language: String?, workers: Int) throws(Failure) {
    var path = Array("\(environmentVariable("TMPDIR") ?? "/tmp")/audio-client.XXXXXX".utf8CString)
    guard mkdtemp(&path) != nil else { throw Failure(reason: "no folder for the server's socket: \(systemError())") }
    folder = path.withUnsafeBufferPointer { String(cString: $0.baseAddress.unsafelyUnwrapped) }
    pid = try start(engine: engine, language: language, workers: workers)
    try awaitListening()
  }

  deinit { end() }

  private func start(engine: String, language: String?, workers: Int) throws(Failure) -> Int32 {
    let here = executablePath().split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
      separator: "/")
    let server = "\(here)/audio-server"
    guard access(server, X_OK) == 0 else { throw Failure(reason: "\(server): \(systemError())") }
    let output = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw Failure(reason: "\(log): \(systemError())") }
    defer { close(output) }
    let arguments =
      [server, "--host", socket, "--engine", engine, "--workers", "\(workers)", "--log-level", "warning"]
      + (language.map { ["--language", $0] } ?? [])
    // It ends with this program, however that ends.
    let setpriv = "/usr/bin/setpriv"
    var program =
      access(setpriv, X_OK) == 0
      ? ProgramSpawn(path: setpriv, arguments: [setpriv, "--pdeathsig", "TERM"] + arguments)
      : ProgramSpawn(path: server, arguments: arguments)
    program.standardError = output
    program.hasOwnGroup = true
    do throws(SystemError) { return try program.start() } catch { throw Failure(reason: "\(error)") }
  }

  private func awaitListening() throws(Failure) {
    let deadline = MonotonicClock.now + Self.startPatience
    while access(socket, F_OK) != 0 {
      guard waitpid(pid, nil, WNOHANG) == 0 else {
        pid = 0
        throw Failure(reason: lastWords ?? "it ended at once")
      }
      guard MonotonicClock.now < deadline else { throw Failure(reason: "it does not listen") }
      usleep(UInt32(Self.pause))
    }
  }

  /// The last two lines of its log: a worker's reason, and the server's.
  private var lastWords: String? {
    guard let file = fopen(log, "r") else { return nil }
    defer { fclose(file) }
    var lines: [String] = []
    var line = [CChar](repeating: 0, count: 4096)
    while fgets(&line, Int32(line.count), file) != nil {
      lines.append(line.withUnsafeBufferPointer { String(cString: $0.baseAddress.unsafelyUnwrapped) })
    }
    return lines.isEmpty ? nil : lines.suffix(2).map { $0.filter { $0 != "\n" } }.joined(separator: "; ")
  }

  /// Ends the server and removes what it left.
  func end() {
    if pid > 0 {
      kill(pid, SIGTERM)
      let deadline = MonotonicClock.now + Self.endPatience
      while waitpid(pid, nil, WNOHANG) == 0 {
        if MonotonicClock.now >= deadline { kill(pid, SIGKILL) }
        usleep(UInt32(Self.pause))
      }
      pid = 0
    }
    for path in [socket, log] { unlink(path) }
    rmdir(folder)
  }
}
