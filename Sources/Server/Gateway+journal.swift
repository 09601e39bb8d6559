import Dialects
import IO
import JSON
import Platform
import Recognition
import Streams

/// The journal: what is written of sessions, and sessions of an earlier server that go on here.
extension Gateway {
  /// Has the journal write, and restores the sessions that this loop inherits.
  func startJournal(restoring stored: [(id: UInt64, JournalReplay.Stored)]) throws(SystemError) {
    guard let journal = context.journal else { return }
    let mailbox = mailboxes[context.index]
    try journal.start { number, failure in
      mailbox.submit { $0.context.journal?.written(number, failure: failure, $0.sessions) }
    }
    for (id, session) in stored { restore(id, session) }
    if counters.journal.restored > 0 {
      log.write(.info, "sessions restored from the journal", ["sessions": .number(counters.journal.restored)])
    }
    loop.after(journal.interval, repeating: journal.interval) { [unowned self] in journal.flush(sessions, now: loop.now)
    }
    loop.after(Journal.retryInterval, repeating: Journal.retryInterval) { [unowned self] in journal.retry(sessions) }
  }

  private func restore(_ id: UInt64, _ stored: JournalReplay.Stored) {
    guard let state = stored.stream else { return }
    let until = loop.now + StreamLimits.detachedTime
    do throws(StateError) {
      let session = try Session(
        state, id: StreamID(gateway: shared.gatewayID, number: id), generation: stored.generation + 1, until: until,
        on: self)
      session.stream.journaled(through: session.stream.account.totals.chunks)
      shared.sessions.set(session.name.text, to: .init(loop: context.index, stream: session.id))
      counters.journal.restored += 1
      keep(session, until: until)
      account(session)
      context.journal?.touch(session)
      if session.stream.account.isAwaiting { perform(session.stream.arrived(), for: session) }
    } catch {
      log.write(.warning, "a session of the journal can't be restored", ["client_id": .number(Int(id))])
    }
  }
}

/// The sessions of an earlier server.
struct JournalInheritance {
  let folder: JournalFolder
  let files: InheritedFiles
  private let sessions: [UInt64: JournalReplay.Stored]

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// Reads all files; what can't be read is reported.
  init(_ settings: JournalSettings, loops: Int, log: Log) throws(JournalFolder.Failure) {
    folder = try JournalFolder(settings.folder)
    let paths = try folder.files()
    var replay = JournalReplay()
    for path in paths {
      replay.beginFile()
      guard let bytes = try? SmallFile.bytes(of: path, upTo: Self.largestFileBytes) else {
        log.write(.error, "a file of the journal can't be read", ["path": .string(path)])
        continue
      }
      var isDamaged = false
      let problem = JournalFile.read(bytes, secret: settings.key) { batch in
        do throws(StateError) { try replay.take(batch: batch) } catch { isDamaged = true }
      }
      switch problem {
      case .keyMissing?, .keyWrong?: throw JournalFolder.Failure(description: "\(path): \(problem?.description ?? "")")
      case .notAJournal?, .damaged?:
        log.write(
          .warning, "a file of the journal is not whole: what is whole is used",
          ["path": .string(path), "reason": .string(problem?.description ?? "")])
      case nil: break
      }
      if isDamaged { log.write(.warning, "a file of the journal is of another version", ["path": .string(path)]) }
    }
    sessions = replay.sessions
    files = InheritedFiles(paths, loops: loops)
  }

  /// More than any writer lets them grow.
  private static let largestFileBytes = 1 << 30

  /// Those for one of the loops.
  func sessions(for loop: Int, of loops: Int) -> [(id: UInt64, JournalReplay.Stored)] {
    sessions.filter { Int($0.key % UInt64(loops)) == loop }.sorted { $0.key < $1.key }.map { (id: $0.key, $0.value) }
  }
}
