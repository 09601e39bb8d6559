internal import Glibc
internal import Synchronization

/// A value that another thread provides once.
final class Answer<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)
  nonisolated(unsafe) private let bell: UnsafeMutablePointer<sem_t>

  init() {
    bell = .allocate(capacity: 1)
    sem_init(bell, 0, 0)
  }

  deinit {
    sem_destroy(bell)
    bell.deallocate()
  }

  func give(_ value: Value) {
    self.value.withLock { $0 = value }
    sem_post(bell)
  }

  /// Waits for it; once only.
  func take() -> Value {
    while true {
      if let value = value.withLock(\.self) { return value }
      sem_wait(bell)
    }
  }
}
