internal import CLinux
internal import Glibc

/// One epoll instance: reports which sockets are readable or writable again.
struct LoadPoller: ~Copyable {
  private let descriptor: Int32
  private let events: UnsafeMutablePointer<epoll_event>

  private static let eventsAtOnce = 1024

  init() throws(LoadError) {
    descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard descriptor >= 0 else { throw LoadError.system(call: "epoll_create1", code: errno) }
    events = .allocate(capacity: Self.eventsAtOnce)
    events.initialize(repeating: epoll_event(), count: Self.eventsAtOnce)
  }

  deinit {
    events.deallocate()
    close(descriptor)
  }

  func watch(_ socket: Int32, index: Int, writing: Bool) throws(LoadError) {
    try control(EPOLL_CTL_ADD, socket, index, writing)
  }

  func change(_ socket: Int32, index: Int, writing: Bool) throws(LoadError) {
    try control(EPOLL_CTL_MOD, socket, index, writing)
  }

  private func control(_ operation: Int32, _ socket: Int32, _ index: Int, _ writing: Bool) throws(LoadError) {
    var event = epoll_event()
    event.events = EPOLLIN.rawValue | (writing ? EPOLLOUT.rawValue : 0)
    event.data.u64 = UInt64(index)
    guard epoll_ctl(descriptor, operation, socket, &event) == 0 else {
      throw LoadError.system(call: "epoll_ctl", code: errno)
    }
  }

  /// Waits at most this many nanoseconds; returns how many are ready.
  func wait(nanoseconds: Int) throws(LoadError) -> Int {
    var limit = timespec(tv_sec: nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
    let count = epoll_pwait2(descriptor, events, Int32(Self.eventsAtOnce), &limit, nil)
    if count >= 0 { return Int(count) }
    guard errno == EINTR else { throw LoadError.system(call: "epoll_pwait2", code: errno) }
    return 0
  }

  @inline(__always)
  func ready(_ place: Int) -> (index: Int, readable: Bool, writable: Bool) {
    let event = events[place]
    let failed = EPOLLERR.rawValue | EPOLLHUP.rawValue
    return (
      Int(event.data.u64), event.events & (EPOLLIN.rawValue | failed) != 0, event.events & EPOLLOUT.rawValue != 0
    )
  }
}
