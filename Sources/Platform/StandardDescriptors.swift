internal import Glibc

/// Opens /dev/null as standard input, output or error if the program was started without it.
///
/// Otherwise the next file or socket would get its number, and with it the output. Reads or writes of the replacement
/// fail with EBADF, as on the closed descriptor.
public func holdStandardDescriptors() {
  for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
    // The lowest free number is this one: those below are in use by now.
    _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
  }
}
