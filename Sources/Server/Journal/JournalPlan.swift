/// Which sessions are written when, and which files can go.
///
/// *Writing*: each session's first record in a file has all of it, the next ones what has changed. After so many
/// bytes a new file begins; a file is deleted when every session has a record in a later one. *Suspended*: the disk is
/// full or slow; nothing is written until a new attempt.
struct JournalPlan {
  /// Bytes after which a new file begins.
  static let fileBytes = 128 << 20
  /// Sessions at most that are written in full in one go because they are in old files only.
  static let movedAtOnce = 100

  /// Number of the file that is written; nil while suspended.
  private(set) var file: Int?
  private var lastFile = 0
  private var bytes = 0
  /// The file with the last full record of each session.
  private var bases: [UInt64: Int] = [:]
  /// Files that may still be needed.
  private var kept: [Int] = []
  /// Batches on their way to the disk, since when, and how many chunks of which sessions they have.
  private var pending: [Int: (since: Duration, sessions: [(session: UInt64, received: Int)])] = [:]
  private var lastBatch = 0

  /// A new file begins; every session is written in full there.
  mutating func begin() -> Int {
    lastFile += 1
    file = lastFile
    bytes = 0
    kept.append(lastFile)
    return lastFile
  }

  var isFileFull: Bool { bytes >= Self.fileBytes }

  /// Whether the session's next record is to have all of it.
  func needsAll(_ session: UInt64) -> Bool { bases[session] == nil || bases[session] != file }

  func isWritten(_ session: UInt64) -> Bool { bases[session] != nil }

  mutating func wrote(_ session: UInt64) { bases[session] = file }
  mutating func ended(_ session: UInt64) { bases[session] = nil }

  /// Sessions of old files only, some of them.
  var stale: [UInt64] {
    guard kept.count > 1 else { return [] }
    return Array(bases.lazy.filter { $0.value != file }.map(\.key).prefix(Self.movedAtOnce))
  }

  /// A batch goes to the disk, at this time. - Returns: its number.
  mutating func batch(_ bytes: Int, _ sessions: [(session: UInt64, received: Int)], now: Duration) -> Int {
    self.bytes += bytes
    lastBatch += 1
    pending[lastBatch] = (now, sessions)
    return lastBatch
  }

  /// Since when the disk has had a batch to write; nil: it has none.
  var waitingSince: Duration? { pending.values.lazy.map(\.since).min() }

  /// The batch is on the disk. - Returns: what it has; nothing if that was given up.
  mutating func written(_ batch: Int) -> [(session: UInt64, received: Int)] {
    pending.removeValue(forKey: batch)?.sessions ?? []
  }

  /// Files that no session needs any more. Only once the batches that replaced them are on the disk.
  mutating func takeDeletable() -> [Int] {
    guard pending.isEmpty, kept.count > 1, let file else { return [] }
    let oldest = bases.values.min() ?? file
    let files = kept.filter { $0 < min(oldest, file) }
    kept.removeAll { files.contains($0) }
    return files
  }

  /// Files that are of no use, if no session is written there any more.
  var leftovers: [Int] { bases.isEmpty ? kept : [] }

  /// Nothing that was written counts any more. - Returns: the files, which are of no use.
  mutating func suspend() -> [Int] {
    defer {
      file = nil
      bases = [:]
      kept = []
      pending = [:]
    }
    return kept
  }
}
