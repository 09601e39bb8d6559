internal import Platform
internal import Synchronization
internal import WorkerLink

/// Brings the notices of engines, from any thread, to the loop, which takes them when `descriptor` is readable.
///
/// Bounded by the streams: one notice of updates and one of having caught up each, and a finish for every one
/// requested.
final class EngineMailbox: Sendable {
  enum Notice: Sendable {
    /// The stream's mailbox has updates.
    case updates(StreamMailbox)
    /// Everything up to chunk `seq` is decoded.
    case finished(StreamMailbox, seq: Int)
    /// The stream's client may be read again.
    case caughtUp(StreamMailbox)
  }

  private let wakeup: Wakeup
  private let notices = Mutex<[Notice]>([])

  init() throws(WorkerLinkError) {
    do throws(SystemError) { wakeup = try Wakeup() } catch { throw .system(call: error.call, errno: error.code) }
  }

  /// Readable while there are notices.
  var descriptor: Int32 { wakeup.descriptor }

  func post(_ notice: Notice) {
    let isFirst = notices.withLock { notices in
      notices.append(notice)
      return notices.count == 1
    }
    if isFirst { wakeup.signal() }
  }

  func takeAll() -> [Notice] {
    notices.withLock { notices in
      guard !notices.isEmpty else { return [] }
      // Under the lock: the next notice is the first again and signals.
      wakeup.reset()
      defer { notices.removeAll() }
      return notices
    }
  }
}
