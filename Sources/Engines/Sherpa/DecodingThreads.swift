internal import Glibc
internal import Platform
internal import Recognition
internal import Synchronization

/// The decoding threads of the process: each has a mailbox, its own streams, and models that no other thread uses.
final class DecodingThreads: Sendable {
  private let mailboxes: [DecoderMailbox]
  private let threads: [SystemThread]
  private let placement: Mutex<ThreadPlacement>

  /// Where a stream is decoded, until this is released.
  final class Place: Sendable {
    private let owner: DecodingThreads
    private let thread: Int

    fileprivate init(_ owner: DecodingThreads) {
      self.owner = owner
      thread = owner.placement.withLock { $0.open() }
    }

    deinit { owner.placement.withLock { $0.close(on: thread) } }

    var mailbox: DecoderMailbox { owner.mailboxes[thread] }
  }

  /// Starts a thread for each of these.
  init(_ models: [SpeechModels], _ selection: ModelSelection, _ tuning: SpeechTuning) throws(SystemError) {
    placement = Mutex(ThreadPlacement(threads: models.count))
    mailboxes = models.map { _ in DecoderMailbox() }
    var threads: [SystemThread] = []
    for (mailbox, models) in zip(mailboxes, models) {
      // The new thread is the only one to use them from here on.
      nonisolated(unsafe) let decoder = SpeechDecoder(mailbox, models, selection, tuning)
      do throws(SystemError) {
        threads.append(
          try SystemThread {
            // There may be one for each processor; the process's loop, which answers heartbeats, comes first.
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
            decoder.run()
          })
      } catch {
        Self.end(mailboxes, threads)
        throw error
      }
    }
    self.threads = threads
  }

  /// A place for a new stream.
  func open() -> Place { Place(self) }

  /// Ends each thread after the utterance it is decoding; finishes that have not been answered by then never are.
  func end() { Self.end(mailboxes, threads) }

  /// Of a thread: one that is ready with 0 gets three times the time.
  private static let niceness: Int32 = 5

  private static func end(_ mailboxes: [DecoderMailbox], _ threads: [SystemThread]) {
    for mailbox in mailboxes { mailbox.close() }
    for thread in threads { thread.join() }
  }
}
