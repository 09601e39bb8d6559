internal import Glibc
internal import Platform
internal import Synchronization

/// Told once by any thread, noticed at once by a thread that sleeps on it.
final class StopSignal: Sendable {
  private let wakeup: Wakeup
  private let told = Atomic<Bool>(false)

  init() throws(CaptureError) {
    do throws(SystemError) { wakeup = try Wakeup() } catch { throw .system(CallFailure(error)) }
  }

  var isSet: Bool { told.load(ordering: .acquiring) }

  func set() {
    told.store(true, ordering: .releasing)
    wakeup.signal()
  }

  /// Sleeps so long, or until it is told.
  func wait(_ duration: Duration) {
    var watched = pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0)
    poll(&watched, 1, Int32(duration / .milliseconds(1)))
  }
}
