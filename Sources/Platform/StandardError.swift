internal import Glibc

/// Standard error, a whole line at a time: the lines of several processes don't run into each other.
public enum StandardError {
  /// Writes the text and a line break in one system call.
  public static func write(_ text: String) {
    var line = text + "\n"
    line.withUTF8 { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
