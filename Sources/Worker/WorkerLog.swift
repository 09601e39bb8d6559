internal import Glibc

enum LogLevel: String, CaseIterable, Sendable {
  case error
  case warning
  case info
  case debug
}

/// Lines on stderr, which is the server's.
struct WorkerLog: Sendable {
  let level: LogLevel

  func error(_ message: String) { write("error", message) }
  func debug(_ message: String) { if level == .debug { write("debug", message) } }

  private func write(_ word: String, _ message: String) {
    // One write a line, so that the lines of several workers don't run into each other.
    var line = "audio-worker[\(getpid())]: \(word): \(message)\n"
    line.withUTF8 { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
