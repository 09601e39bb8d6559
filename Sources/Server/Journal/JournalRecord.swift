import Streams

/// What a batch says of one session.
struct JournalRecord {
  enum Kind: Int {
    /// All of it.
    case all
    /// What has changed since the record before.
    case change
    /// It is over.
    case end
  }

  var kind: Kind
  /// Of the stream: unique over restarts.
  var session: UInt64
  /// Counts the loops and servers that had it: a record of an earlier one says nothing about it any more.
  var generation: Int
  /// What `StreamSession.writeState` wrote.
  var state: StateReader

  static func write(
    _ kind: Kind, _ session: UInt64, generation: Int, to writer: inout StateWriter,
    state: (inout StateWriter) -> Void = { _ in }
  ) {
    writer.add(kind.rawValue)
    writer.add(Int(truncatingIfNeeded: session))
    writer.add(generation)
    writer.part(state)
  }

  init(from reader: inout StateReader) throws(StateError) {
    guard let kind = Kind(rawValue: try reader.integer()) else { throw StateError() }
    self.kind = kind
    session = UInt64(truncatingIfNeeded: try reader.integer())
    generation = try reader.count()
    state = try reader.part()
  }
}

/// Puts the sessions of a journal together, batch by batch, each loop's in its order.
struct JournalReplay {
  struct Stored {
    var generation: Int
    /// Nil: it is over, or was never written in full.
    var stream: StoredStream?
  }

  private(set) var sessions: [UInt64: Stored] = [:]
  /// Sessions with a full record in the present file.
  private var present: Set<UInt64> = []

  /// The next batches are of another file.
  mutating func beginFile() { present = [] }

  mutating func take(batch: [UInt8]) throws(StateError) {
    var reader = StateReader(batch[...])
    while !reader.isEmpty { try take(JournalRecord(from: &reader)) }
  }

  private mutating func take(_ record: JournalRecord) throws(StateError) {
    let known = sessions[record.session]?.generation ?? -1
    guard record.generation >= known else { return }
    var state = record.state
    switch record.kind {
    case .all:
      var stream = StoredStream()
      try stream.take(&state)
      sessions[record.session] = Stored(generation: record.generation, stream: stream)
      present.insert(record.session)
    case .change:
      // Without the full record before it, which was damaged, it says nothing.
      guard present.contains(record.session), record.generation == known else { return }
      try sessions[record.session]?.stream?.take(&state)
    case .end: sessions[record.session] = Stored(generation: record.generation, stream: nil)
    }
  }
}
