internal import Glibc

/// A thread of the system. It is joined or detached, once.
public struct SystemThread: Sendable {
  private var handle = pthread_t()

  /// Starts a thread that runs `body` to its end.
  public init(running body: @escaping @Sendable () -> Void) throws(SystemError) {
    let passed = Unmanaged.passRetained(ThreadBody(body))
    let code = pthread_create(&handle, nil, runThread, passed.toOpaque())
    guard code == 0 else {
      passed.release()
      throw SystemError(call: "pthread_create", code: code)
    }
  }

  /// Waits for the thread's end.
  public func join() { pthread_join(handle, nil) }

  /// Lets the thread end by itself.
  public func detach() { pthread_detach(handle) }
}

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private func runThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let context else { preconditionFailure("A thread is started with its body.") }
  Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
  return nil
}
