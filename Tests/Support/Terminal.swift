internal import CLinux
internal import Glibc

/// A terminal nobody looks at: what is written to it is kept.
public final class Terminal: Sendable {
  /// Where programs find it.
  public let path: String
  public let output: ProgramOutput
  /// Held open: without a writer it would be over before the first program writes.
  private let writer: Int32

  public init(columns: UInt16 = 80, rows: UInt16 = 24) throws {
    let reader = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var unlocked: Int32 = 0
    var number: UInt32 = 0
    guard reader >= 0, ioctl(reader, Self.lock, &unlocked) == 0, ioctl(reader, Self.askNumber, &number) == 0 else {
      throw TestFailure("/dev/ptmx: \(errno)")
    }
    path = "/dev/pts/\(number)"
    writer = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    guard writer >= 0, ioctl(writer, UInt(TIOCSWINSZ), &size) == 0 else { throw TestFailure("\(path): \(errno)") }
    output = ProgramOutput(reading: reader)
  }

  // Macros with a size in them, which Swift does not import: TIOCSPTLCK and TIOCGPTN.
  private static let lock: UInt = 0x4004_5431
  private static let askNumber: UInt = 0x8004_5430

  deinit { close(writer) }

  /// Starts a program that has it for both its outputs.
  public func start(_ program: String, _ arguments: [String], environment: [String: String]) throws -> Program {
    try Program(
      "/bin/sh", ["-c", #"exec "$0" "$@" >'\#(path)' 2>&1"#, "\(Program.buildFolder)/\(program)"] + arguments,
      environment: environment.merging(["TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "NO_COLOR": ""]) { $1 })
  }

  /// The same as a job in the background of a shell that has the terminal.
  public func startBehind(_ program: String, _ arguments: [String], environment: [String: String]) throws -> Program {
    try Program(
      "/usr/bin/env",
      [
        "setsid", "--wait", "/bin/sh", "-c", #"exec <'\#(path)' >'\#(path)' 2>&1; set -m; "$0" "$@" & wait $!"#,
        "\(Program.buildFolder)/\(program)",
      ] + arguments,
      environment: environment.merging(["TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "NO_COLOR": ""]) { $1 })
  }
}
