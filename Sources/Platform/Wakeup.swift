internal import CLinux
internal import Glibc

/// Wakes a thread that polls `descriptor`; an eventfd.
public final class Wakeup: Sendable {
  /// Readable from `signal` to `reset`.
  public let descriptor: Int32

  public init() throws(SystemError) {
    descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    guard descriptor >= 0 else { throw SystemError(call: "eventfd", code: errno) }
  }

  deinit { close(descriptor) }

  /// From any thread.
  public func signal() { eventfd_write(descriptor, 1) }

  public func reset() {
    var count: eventfd_t = 0
    eventfd_read(descriptor, &count)
  }
}
