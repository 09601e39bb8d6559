internal import Glibc

/// A thread for what blocks: the tests' own tasks share as many threads as there are cores.
enum BackgroundThread {
  private final class Job {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  static func start(_ run: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let job = Unmanaged.passRetained(Job(run))
    let error = pthread_create(&thread, nil, runJob, job.toOpaque())
    precondition(error == 0, "A thread can be started.")
    pthread_detach(thread)
  }

  private static let runJob: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { pointer in
    guard let pointer else { return nil }
    Unmanaged<Job>.fromOpaque(pointer).takeRetainedValue().run()
    return nil
  }
}
