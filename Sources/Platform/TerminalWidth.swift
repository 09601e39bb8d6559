internal import CLinux
internal import Glibc

/// Columns of a help text: those of the terminal it goes to, at most 100.
public func helpColumns() -> Int {
  let most = 100
  var size = winsize()
  guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return most }
  return min(most, max(40, Int(size.ws_col)))
}
