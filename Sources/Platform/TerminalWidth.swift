internal import CLinux
internal import Glibc

/// Columns of a help text: those of the terminal it goes to, through a pager perhaps; at most 100.
public func helpColumns() -> Int {
  let most = 100
  var size = winsize()
  for output in [STDOUT_FILENO, STDERR_FILENO]
  where ioctl(output, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 {
    return min(most, max(40, Int(size.ws_col)))
  }
  return most
}
