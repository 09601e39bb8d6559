internal import Glibc

/// Wakes one waiting thread; a signal before the wait is not lost.
final class ThreadWakeup: Sendable {
  private struct State {
    var mutex = pthread_mutex_t()
    var condition = pthread_cond_t()
    var isSignaled = false
  }

  nonisolated(unsafe) private let state: UnsafeMutablePointer<State>

  init() {
    state = .allocate(capacity: 1)
    state.initialize(to: State())
    pthread_mutex_init(&state.pointee.mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(&state.pointee.condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(&state.pointee.condition)
    pthread_mutex_destroy(&state.pointee.mutex)
    state.deallocate()
  }

  func signal() {
    pthread_mutex_lock(&state.pointee.mutex)
    state.pointee.isSignaled = true
    pthread_cond_signal(&state.pointee.condition)
    pthread_mutex_unlock(&state.pointee.mutex)
  }

  /// Waits for a signal; false if none came by `deadline`, a time of the monotonic clock.
  func wait(until deadline: Duration?) -> Bool {
    pthread_mutex_lock(&state.pointee.mutex)
    defer { pthread_mutex_unlock(&state.pointee.mutex) }
    while !state.pointee.isSignaled {
      guard let deadline else {
        pthread_cond_wait(&state.pointee.condition, &state.pointee.mutex)
        continue
      }
      let (seconds, attoseconds) = deadline.components
      var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
      if pthread_cond_timedwait(&state.pointee.condition, &state.pointee.mutex, &time) == ETIMEDOUT {
        guard state.pointee.isSignaled else { return false }
      }
    }
    state.pointee.isSignaled = false
    return true
  }
}
