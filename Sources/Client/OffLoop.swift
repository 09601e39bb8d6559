import IO
import Platform
import WebSocket

/// A value that belongs to one thread at a time and is handed from one to the next.
struct Handed<Value>: @unchecked Sendable {
  let value: Value
}

/// Work that blocks, such as reading a pipe to its end, on a thread of its own; what it comes to is told on the loop.
enum OffLoop {
  static func run<Result>(
    on loop: EventLoop, _ work: @escaping @Sendable () -> Result, then finish: @escaping (Result) -> Void
  ) {
    let gate = loop.gate
    let finish = Handed(value: finish)
    let job: @Sendable () -> Void = {
      let result = Handed(value: work())
      gate.submit { finish.value(result.value) }
    }
    // Without a thread the loop has to wait.
    guard let thread = try? SystemThread(running: job) else { return job() }
    thread.detach()
  }
}
