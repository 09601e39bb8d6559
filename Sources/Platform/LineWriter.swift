internal import Glibc

/// Writes lines to a descriptor on a thread of its own, so that no other thread waits for whoever reads them: a full
/// pipe, a stopped terminal, a slow disk.
///
/// The descriptor's own flags stay as they are, since other programs share it.
final class LineWriter: @unchecked Sendable {
  private let descriptor: @Sendable () -> Int32
  // All under the lock.
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var queue = LineQueue()
  private var isWriting = false
  private var hasThread = false

  /// - Parameter descriptor: read anew for each line.
  init(descriptor: @escaping @Sendable () -> Int32) {
    self.descriptor = descriptor
    pthread_mutex_init(lock, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(changed, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  /// Queues a line that ends with a line break; see `LineQueue.add`.
  func add(_ line: [UInt8]) -> Int? {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    if !hasThread { start() }
    // Where no thread can be had there is still the line.
    guard hasThread else {
      write(line)
      return 0
    }
    let dropped = queue.add(line)
    pthread_cond_broadcast(changed)
    return dropped
  }

  /// Whether everything is written.
  var isIdle: Bool {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return !isWriting && queue.isEmpty
  }

  /// Waits until everything is written, or the time is up.
  func drain(within patience: Duration) {
    let end = MonotonicClock.now + patience
    let (seconds, attoseconds) = end.components
    var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    while isWriting || !queue.isEmpty { if pthread_cond_timedwait(changed, lock, &time) != 0 { return } }
  }

  // MARK: The thread

  private func start() {
    // It takes no signal from the threads that wait for them.
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    guard let thread = try? SystemThread(running: { [self] in run() }) else { return }
    thread.detach()
    hasThread = true
  }

  private func run() {
    pthread_mutex_lock(lock)
    while true {
      guard let line = queue.next() else {
        pthread_cond_wait(changed, lock)
        continue
      }
      isWriting = true
      pthread_mutex_unlock(lock)
      write(line)
      pthread_mutex_lock(lock)
      isWriting = false
      pthread_cond_broadcast(changed)
    }
  }

  /// One system call a line, as far as the descriptor takes it: the lines of several processes don't run into each
  /// other.
  private func write(_ line: [UInt8]) {
    var rest = line[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor(), $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        // Another program has made it nonblocking.
        var watched = pollfd(fd: descriptor(), events: Int16(POLLOUT), revents: 0)
        poll(&watched, 1, -1)
      } else if errno != EINTR {
        return
      }
    }
  }
}
