internal import CLinux
internal import Glibc
internal import WorkerLink

/// SIGTERM as a descriptor that becomes readable. Make it before any other thread, so that all of them have it blocked.
struct TerminationSignal: ~Copyable {
  let descriptor: Int32

  init() throws(WorkerLinkError) {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGTERM)
    guard sigprocmask(SIG_BLOCK, &signals, nil) == 0 else { throw .system(call: "sigprocmask", errno: errno) }
    let made = signalfd(-1, &signals, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
    guard made >= 0 else { throw .system(call: "signalfd", errno: errno) }
    descriptor = made
  }

  deinit { close(descriptor) }
}
