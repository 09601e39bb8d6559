import Glibc
import IO
import Platform
import Synchronization
import Web

/// A loop on a thread of its own, for as long as a test needs it.
final class LoopThread: Sendable {
  let gate: LoopGate
  private let done: Semaphore
  private let ending: @Sendable () -> Void

  /// `body` sets things up on the new thread; what it returns is kept there, and let go when the loop has stopped.
  init(_ body: @escaping @Sendable (EventLoop) throws -> AnyObject) throws {
    let started = Semaphore()
    let done = Semaphore()
    let result = Mutex<Result<LoopGate, any Error>?>(nil)
    let box = StopBox()
    try SystemThread {
      do {
        let loop = try EventLoop()
        let kept = try body(loop)
        box.stop = { loop.stop() }
        result.withLock { $0 = .success(loop.gate) }
        started.signal()
        loop.run()
        withExtendedLifetime(kept) {}
        box.stop = {}
      } catch {
        result.withLock { $0 = .failure(error) }
        started.signal()
      }
      done.signal()
    }.detach()
    started.wait()
    gate = try result.withLock { $0 }!.get()
    self.done = done
    ending = { box.stop() }
  }

  /// Runs on the loop's thread and waits for it.
  func sync(_ job: @escaping @Sendable () -> Void) {
    let finished = Semaphore()
    gate.submit {
      job()
      finished.signal()
    }
    finished.wait()
  }

  func stop() {
    let ending = ending
    gate.submit { ending() }
    done.wait()
  }
}

/// What only the loop's thread touches.
private final class StopBox: @unchecked Sendable {
  var stop: () -> Void = {}
}

/// Counts down threads; waits without end, as a test that hangs is a failure somebody must see.
final class Semaphore: @unchecked Sendable {
  private let raw = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
  init() { sem_init(raw, 0, 0) }
  deinit {
    sem_destroy(raw)
    raw.deallocate()
  }
  func signal() { sem_post(raw) }
  func wait() { while sem_wait(raw) != 0 {} }
}

func startThread(_ body: @escaping @Sendable () -> Void) {
  do throws(SystemError) { try SystemThread(running: body).detach() } catch { preconditionFailure("\(error)") }
}
