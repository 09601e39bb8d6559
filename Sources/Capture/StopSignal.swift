internal import CLinux
internal import Glibc
internal import Synchronization

/// Told once by any thread, noticed at once by a thread that sleeps on it.
final class StopSignal: Sendable {
  private let descriptor: Int32
  private let told = Atomic<Bool>(false)

  init() throws(CaptureError) {
    descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    guard descriptor >= 0 else {
      throw .system(CallFailure(call: "eventfd", code: Int(errno), reason: String(cString: strerror(errno))))
    }
  }

  deinit { close(descriptor) }

  var isSet: Bool { told.load(ordering: .acquiring) }

  func set() {
    told.store(true, ordering: .releasing)
    eventfd_write(descriptor, 1)
  }

  /// Sleeps so long, or until it is told.
  func wait(_ duration: Duration) {
    var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    poll(&watched, 1, Int32(duration / .milliseconds(1)))
  }
}
