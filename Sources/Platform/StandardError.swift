internal import CLinux
internal import Glibc
internal import Synchronization

/// Standard error, a whole line at a time: the lines of several processes don't run into each other.
public enum StandardError {
  private static let own = Atomic<Int32>(STDERR_FILENO)

  /// Where this program's own lines go.
  public static var descriptor: Int32 { own.load(ordering: .relaxed) }

  /// From now on only this program's own lines are seen, and not those that libraries write to descriptor 2: libmpg123
  /// warns of every odd frame, libpulse of folders that are not its user's. The reason for a crash is still seen.
  public static func hideLibraries() { own.store(linux_divert_error(), ordering: .relaxed) }

  /// Writes the text and a line break in one system call.
  public static func write(_ text: String) {
    var line = text + "\n"
    line.withUTF8 { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }
}
