internal import Glibc
internal import Platform
internal import Synchronization

/// Told once by any thread, noticed at once by a thread that sleeps on it.
final class StopSignal: Sendable {
  private let wakeup: Wakeup
  private let told = Atomic<Bool>(false)
  /// When it was told, by the monotonic clock, in nanoseconds.
  private let toldAt = Atomic<Int>(0)

  init() throws(CaptureError) {
    do throws(SystemError) { wakeup = try Wakeup() } catch { throw .system(CallFailure(error)) }
  }

  var isSet: Bool { told.load(ordering: .acquiring) }

  func set() {
    if !isSet { toldAt.store(Self.now, ordering: .relaxed) }
    told.store(true, ordering: .releasing)
    wakeup.signal()
  }

  private static var now: Int { Int(MonotonicClock.now / .nanoseconds(1)) }

  /// Sleeps until `descriptor` can be read. False: it was told, and since then so long has passed.
  func waits(for descriptor: Int32, grace: Duration) -> Bool {
    while !isSet {
      var watched = [
        pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0),
      ]
      poll(&watched, 2, -1)
      if watched[0].revents != 0 { return true }
    }
    let left = toldAt.load(ordering: .relaxed) + Int(grace / .nanoseconds(1)) - Self.now
    var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return left > 0 && poll(&watched, 1, Int32(left / 1_000_000) + 1) > 0
  }

  /// Sleeps so long, or until it is told.
  func wait(_ duration: Duration) {
    var watched = pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0)
    poll(&watched, 1, Int32(duration / .milliseconds(1)))
  }
}
