import IO
import JSON
import Platform
import Streams

/// The journal of one loop: what a server that starts anew needs of its sessions, written a few times a second.
///
/// Owned by its gateway, on the loop's thread.
final class Journal {
  /// How often what has changed is written.
  let interval: Duration
  private let files: JournalFiles
  private let writer: JournalWriter
  /// Files of earlier servers, until all loops have written what they had of them.
  private let inherited: InheritedFiles
  private let log: Log
  private var plan = JournalPlan()
  private var dirty: [Session] = []
  private var batch = StateWriter()
  private(set) var figures = (bytes: 0, suspensions: 0)
  /// Nothing is taken any more: the server ends, and its sessions are to go on.
  private var isFrozen = false

  static let retryInterval = Duration.seconds(10)
  /// After so long without an answer the disk is too slow.
  private static let patience = Duration.seconds(10)

  init(
    _ settings: JournalSettings, in files: JournalFiles, inherited: InheritedFiles, log: Log
  ) throws(SystemError) {
    interval = settings.sync.interval
    self.files = files
    self.inherited = inherited
    self.log = log
    writer = try JournalWriter(settings)
    begin()
  }

  /// - Parameter written: called on the writer's thread, for `written`.
  func start(written: @escaping @Sendable (_ number: Int, _ failure: String?) -> Void) throws(SystemError) {
    try writer.start(written: written)
  }

  private func begin() { _ = writer.submit(.begin(path: files.path(plan.begin()))) }

  // MARK: What happens

  /// Something of the session has changed.
  func touch(_ session: Session) {
    guard !isFrozen, session.stream.lifetime.isResumable, !session.copies.journal.isDirty else { return }
    session.copies.journal.isDirty = true
    dirty.append(session)
    // From the beginning on: what is settled must be written.
    if plan.file != nil, !session.stream.isJournaled { session.stream.journaled(through: 0) }
  }

  /// The session is over here; `generation` as it was here.
  func ended(_ session: Session) {
    guard !isFrozen, plan.isWritten(session.id) else { return }
    plan.ended(session.id)
    JournalRecord.write(.end, session.id, generation: session.copies.journal.generation, to: &batch)
  }

  /// The session is another loop's from now on, whose journal has all of it soon.
  func left(_ session: Session) {
    plan.ended(session.id)
    dirty.removeAll { $0 === session }
    session.copies.journal.begin(generation: session.copies.journal.generation + 1)
  }

  // MARK: Writing

  /// Sends what has changed to the disk, unless that still has a batch to write: a slow one gets fewer, larger batches.
  /// - Parameters:
  ///   - sessions: those of this loop.
  ///   - now: the loop's time.
  func flush(_ sessions: SessionTable, now: Duration) {
    guard plan.file != nil else { return forget() }
    if let since = plan.waitingSince {
      if now - since > Self.patience { suspend(sessions, because: "the disk is too slow") }
      return
    }
    write(sessions, now: now)
  }

  private func write(_ sessions: SessionTable, now: Duration) {
    if plan.isFileFull { begin() }
    var written: [(session: UInt64, received: Int)] = []
    for session in dirty { write(session, &written) }
    forget()
    for id in plan.stale { if let session = sessions[id] { write(session, &written) } else { plan.ended(id) } }
    guard batch.count > 0 else {
      deleteInherited()
      return deleteOld()
    }
    let bytes = batch.bytes
    batch.reset()
    figures.bytes += bytes.count
    if !writer.submit(.write(bytes, number: plan.batch(bytes.count, written, now: now))) {
      suspend(sessions, because: "the disk is too slow")
    }
  }

  private func forget() {
    for session in dirty { session.copies.journal.isDirty = false }
    dirty.removeAll(keepingCapacity: true)
  }

  private func write(_ session: Session, _ written: inout [(session: UInt64, received: Int)]) {
    guard session.stream.lifetime.isResumable else { return }
    let needsAll = plan.needsAll(session.id)
    var cursor = needsAll ? StateCursor() : session.copies.journal.cursor
    guard session.isWritable else { return }
    JournalRecord.write(
      needsAll ? .all : .change, session.id, generation: session.copies.journal.generation, to: &batch
    ) {
      session.write(to: &$0, since: &cursor)
    }
    session.copies.journal.cursor = cursor
    plan.wrote(session.id)
    written.append((session.id, cursor.received))
  }

  /// The disk has the batch, or can't take any.
  func written(_ number: Int, failure: String?, _ sessions: SessionTable) {
    guard plan.file != nil else { return }
    if let failure { return suspend(sessions, because: failure) }
    for (id, received) in plan.written(number) { sessions[id]?.stream.journaled(through: received) }
    deleteInherited()
    deleteOld()
  }

  private func deleteOld() {
    let old = plan.takeDeletable()
    if !old.isEmpty { _ = writer.submit(.delete(paths: old.map(files.path))) }
  }

  private func deleteInherited() {
    let earlier = inherited.release(loop: files.loop)
    if !earlier.isEmpty { _ = writer.submit(.delete(paths: earlier)) }
  }

  // MARK: A disk that is full or slow

  /// The sessions go on without a journal: nothing that lies there may be taken for them.
  private func suspend(_ sessions: SessionTable, because reason: String) {
    figures.suspensions += 1
    log.write(
      .error, "journal suspended: sessions do not survive a crash of the server", ["reason": .string(reason)])
    _ = writer.submit(.delete(paths: plan.suspend().map(files.path)))
    deleteInherited()
    batch.reset()
    for session in sessions.all {
      session.copies.journal.cursor = StateCursor()
      session.stream.journaled(through: nil)
    }
  }

  /// Tries it again, if it is suspended.
  func retry(_ sessions: SessionTable) {
    guard plan.file == nil, !isFrozen else { return }
    begin()
    for session in sessions.all { touch(session) }
    log.write(.warning, "journal continues")
  }

  // MARK: The end

  /// The server ends and its sessions are to go on elsewhere: what happens to them from now on is not written.
  func freeze(_ sessions: SessionTable, now: Duration) {
    guard !isFrozen else { return }
    if plan.file != nil { write(sessions, now: now) }
    isFrozen = true
  }

  var isWriting: Bool { plan.file != nil }

  /// Waits until everything is written.
  func close() {
    _ = writer.submit(.delete(paths: plan.leftovers.map(files.path)))
    writer.end()
  }
}
