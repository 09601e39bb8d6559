internal import Glibc

/// How a worker ended.
public enum WorkerExit: Equatable, Sendable, CustomStringConvertible {
  case exited(Int32)
  case signalled(Int32)

  /// From the status of waitpid(2): the low seven bits are the signal, the second byte is the exit code.
  init(status: Int32) {
    self = status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .signalled(status & 0x7F)
  }

  /// Whether it failed by itself, as opposed to being killed from outside.
  public var isCrash: Bool {
    switch self {
    case .exited(let code): code != 0
    case .signalled(let number): number != SIGKILL && number != SIGTERM
    }
  }

  public var description: String {
    switch self {
    case .exited(let code): "exited with \(code)"
    case .signalled(let number): "killed by signal \(number) (\(String(cString: strsignal(number))))"
    }
  }
}
