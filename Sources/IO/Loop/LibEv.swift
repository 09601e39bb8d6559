internal import CEv
internal import Glibc

/// libev's loop itself.
struct EvLoop {
  let raw: OpaquePointer

  /// With epoll; never linuxaio or io_uring, which libev 4.33 itself calls experimental.
  init?() {
    guard let raw = ev_loop_new(UInt32(EVFLAG_NOENV | EVBACKEND_EPOLL)) else {
      return nil
    }
    self.raw = raw
  }

  func run() { ev_run(raw, 0) }
  func breakOut() { ev_break(raw, Int32(EVBREAK_ALL)) }
  func destroy() { ev_loop_destroy(raw) }
}

/// One of libev's watchers, in memory that stays where it is. Stopped before it goes.
final class EvWatcher {
  enum Kind: Equatable {
    case readable(Int32)
    case writable(Int32)
    /// Seconds; repeating 0 is once.
    case timer(after: Double, repeating: Double)
    case signal(Int32)
    /// Wakes the loop up from another thread.
    case async
    /// Runs before the loop waits.
    case prepare
    /// While there is one the loop does not wait.
    case idle
  }

  private let loop: EvLoop
  private let kind: Kind
  private let raw: UnsafeMutablePointer<ev_any_watcher>
  var action: () -> Void = {}

  init(_ kind: Kind, on loop: EvLoop) {
    self.loop = loop
    self.kind = kind
    raw = .allocate(capacity: 1)
    memset(raw, 0, MemoryLayout<ev_any_watcher>.size)
    switch kind {
    case .readable(let descriptor): cev_io_init(raw, watcherFired, descriptor, Int32(EV_READ))
    case .writable(let descriptor): cev_io_init(raw, watcherFired, descriptor, Int32(EV_WRITE))
    case .timer(let after, let repeating): cev_timer_init(raw, watcherFired, after, repeating)
    case .signal(let number): cev_signal_init(raw, watcherFired, number)
    case .async: cev_async_init(raw, watcherFired)
    case .prepare: cev_prepare_init(raw, watcherFired)
    case .idle: cev_idle_init(raw, watcherFired)
    }
    raw.pointee.w.data = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit {
    raw.deallocate()
  }

  func start(_ action: @escaping () -> Void) {
    self.action = action
    start()
  }

  func start() {
    switch kind {
    case .readable, .writable: ev_io_start(loop.raw, cev_io(raw))
    case .timer:
      // libev counts from the time it last looked, which is long ago when it has not run yet.
      ev_now_update(loop.raw)
      ev_timer_start(loop.raw, cev_timer(raw))
    case .signal: ev_signal_start(loop.raw, cev_signal(raw))
    case .async: ev_async_start(loop.raw, cev_async(raw))
    case .prepare: ev_prepare_start(loop.raw, cev_prepare(raw))
    case .idle: ev_idle_start(loop.raw, cev_idle(raw))
    }
  }

  /// Starts a repeating timer with all of its time before it, counted from the round's beginning.
  func startAgain() { ev_timer_again(loop.raw, cev_timer(raw)) }

  func stop() {
    switch kind {
    case .readable, .writable: ev_io_stop(loop.raw, cev_io(raw))
    case .timer: ev_timer_stop(loop.raw, cev_timer(raw))
    case .signal: ev_signal_stop(loop.raw, cev_signal(raw))
    case .async: ev_async_stop(loop.raw, cev_async(raw))
    case .prepare: ev_prepare_stop(loop.raw, cev_prepare(raw))
    case .idle: ev_idle_stop(loop.raw, cev_idle(raw))
    }
  }

  /// For `.async`, from any thread while the loop exists.
  func send() {
    ev_async_send(loop.raw, cev_async(raw))
  }
}

/// libev calls C functions: the watcher's `data` says whose action it is. Kept through the call, so an action may end
/// its own watch.
private func watcherFired(_: OpaquePointer?, watcher: UnsafeMutablePointer<ev_watcher>?, _: Int32) {
  guard let data = watcher?.pointee.data else { return }
  Unmanaged<EvWatcher>.fromOpaque(data).takeUnretainedValue().action()
}
