import IO
import Platform

/// Work that blocks, such as reading a pipe to its end, on its own thread. The result is delivered on the loop.
enum BackgroundJob {
  /// A value that belongs to one thread at a time and is passed from one to the next.
  private struct Transferred<Value>: @unchecked Sendable {
    let value: Value
  }

  static func run<Result>(
    on loop: EventLoop, _ work: @escaping @Sendable () -> Result, then finish: @escaping (Result) -> Void
  ) {
    let gate = loop.gate
    let finish = Transferred(value: finish)
    let job: @Sendable () -> Void = {
      let result = Transferred(value: work())
      gate.submit { finish.value(result.value) }
    }
    // Without a thread the loop has to wait.
    guard let thread = try? SystemThread(running: job) else { return job() }
    thread.detach()
  }
}
