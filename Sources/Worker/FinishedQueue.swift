internal import CLinux
internal import Glibc
internal import Recognition
internal import Synchronization
internal import WorkerLink

/// Engines put here, from whatever thread, what they finished; the loop takes it out when `descriptor` is readable.
///
/// Bounded by what they were asked for: a finish and a word that it has caught up, a stream.
final class FinishedQueue: Sendable {
  enum Finished: Sendable {
    /// All sound up to the chunk of these figures is decoded.
    case finish(ChunkFigures, Hypothesis)
    /// The stream's client may be read again.
    case caughtUp(stream: UInt64)
  }

  let descriptor: Int32
  private let waiting = Mutex<[Finished]>([])

  init() throws(WorkerLinkError) {
    descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    guard descriptor >= 0 else { throw .system(call: "eventfd", errno: errno) }
  }

  deinit { close(descriptor) }

  func put(_ finished: Finished) {
    let isFirst = waiting.withLock { waiting in
      waiting.append(finished)
      return waiting.count == 1
    }
    if isFirst { eventfd_write(descriptor, 1) }
  }

  func takeAll() -> [Finished] {
    waiting.withLock { waiting in
      guard !waiting.isEmpty else { return [] }
      // Reset under the lock: the next to put something is the first again and writes.
      var count: eventfd_t = 0
      eventfd_read(descriptor, &count)
      defer { waiting.removeAll() }
      return waiting
    }
  }
}
