import Glibc
import WebSocket

/// A value that belongs to one thread at a time and is handed from one to the next.
struct Handed<Value>: @unchecked Sendable {
  let value: Value
}

/// Work that blocks, such as reading a pipe to its end, on a thread of its own; what it comes to is told on the loop.
final class OffLoop {
  private let work: () -> Void

  private init(_ work: @escaping () -> Void) { self.work = work }

  static func run<Result>(
    on loop: EventLoop, _ work: @escaping @Sendable () -> Result, then finish: @escaping (Result) -> Void
  ) {
    let gate = loop.gate
    let finish = Handed(value: finish)
    let job = OffLoop {
      let result = Handed(value: work())
      gate.submit { finish.value(result.value) }
    }
    var thread = pthread_t()
    let passed = Unmanaged.passRetained(job)
    guard pthread_create(&thread, nil, begin, passed.toOpaque()) == 0 else {
      // No thread to be had: then the loop has to wait.
      passed.takeRetainedValue().work()
      return
    }
    pthread_detach(thread)
  }

  fileprivate func run() { work() }
}

/// Where the thread begins.
private func begin(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let context else { preconditionFailure("The thread is started with its work.") }
  Unmanaged<OffLoop>.fromOpaque(context).takeRetainedValue().run()
  return nil
}
