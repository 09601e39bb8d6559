internal import Glibc

/// Puts something in the place of standard input, output and error where the program was started without them.
///
/// Otherwise the next file or socket opened got the number, and took what is meant for the output. What stands there instead
/// fails every read or write with EBADF, as the closed one did.
public func holdStandardDescriptors() {
  for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
    // The lowest free number is this one: those below are taken by now.
    _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
  }
}
