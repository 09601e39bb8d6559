internal import Synchronization

/// The way into a loop from other threads. It may outlive the loop: jobs given then are dropped.
public final class LoopGate: Sendable {
  private struct State: Sendable {
    var jobs: [@Sendable () -> Void] = []
    /// nil: the loop is gone. Other threads only call its `send`, which libev allows, and only under the lock.
    nonisolated(unsafe) var waker: EvWatcher?
  }
  private let state: Mutex<State>

  init(waker: EvWatcher) {
    state = Mutex(State(waker: waker))
  }

  /// Runs a job on the loop's thread, in the order given. From any thread.
  /// - Returns: false when the loop is gone.
  @discardableResult
  public func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
    state.withLock { state in
      guard let waker = state.waker else { return false }
      state.jobs.append(job)
      // One wake-up for all that is waiting.
      if state.jobs.count == 1 { waker.send() }
      return true
    }
  }

  func runJobs() {
    let jobs = state.withLock { state in
      let jobs = state.jobs
      state.jobs = []
      return jobs
    }
    for job in jobs { job() }
  }

  func shut() {
    state.withLock { $0 = State() }
  }
}
