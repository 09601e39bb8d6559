/// The record of a session that this server has: written by compare-and-set alone, so that it is noticed when another
/// server has taken the session.
///
/// At most one request is under way. A change that was not answered may have been applied: the record is read before
/// anything else is done.
struct SessionLease: Equatable, Sendable {
  private enum State: Equatable, Sendable {
    case idle
    case writing(SessionRecord)
    case reading
    /// It has to be read, and the directory did not answer.
    case unread
  }

  enum Action: Equatable {
    case none
    case read
    case write(SessionRecord, after: UInt64)
    /// Another server has the session.
    case lost
  }

  private(set) var record: SessionRecord
  private(set) var revision: UInt64
  /// As the directory has it; nil: it has none, or an old one that is to be renewed.
  private var stored: SessionRecord?
  private var state = State.idle

  /// A session that begins.
  init(gateway: String, image: [UInt8]? = nil) {
    record = SessionRecord(gateway: gateway, image: image)
    revision = 0
  }

  /// A session that was taken from elsewhere, with its record written.
  init(_ record: SessionRecord, revision: UInt64) {
    self.record = record
    self.revision = revision
    stored = record
  }

  /// Whether the directory has it as it is.
  var isStored: Bool { stored == record }
  /// Whether the directory has it in some state.
  var isKnown: Bool { revision > 0 }
  /// Whether it is to be written or read, and nothing is under way.
  var needsDirectory: Bool { !isAwaiting && (state == .unread || !isStored) }
  /// Whether an answer of the directory is awaited.
  var isAwaiting: Bool {
    switch state {
    case .writing, .reading: true
    case .idle, .unread: false
    }
  }

  /// Writes what is not written, if nothing is under way.
  mutating func next() -> Action {
    switch state {
    case .writing, .reading: return .none
    case .unread:
      state = .reading
      return .read
    case .idle:
      guard !isStored else { return .none }
      state = .writing(record)
      return .write(record, after: revision)
    }
  }

  /// Another worker gets the session: see `SessionRecord.move`.
  mutating func moved(to worker: String, from copy: CopyAge?) { record.move(to: worker, from: copy) }

  /// The session was claimed for a client that has come back to this server.
  mutating func claimed(_ claim: SessionLease) {
    revision = claim.revision
    stored = claim.record
    record.raiseEpoch(to: claim.record.epoch)
  }

  /// The record is old: it is written again, or expires.
  mutating func renew() { if state == .idle { stored = nil } }

  mutating func wrote(_ change: SessionBucket.Change) -> Action {
    guard case .writing(let written) = state else { return .none }
    switch change {
    case .changed(let revision):
      self.revision = revision
      stored = written
      state = .idle
      return next()
    case .conflict, .unanswered:
      state = .reading
      return .read
    }
  }

  mutating func read(_ reading: SessionBucket.Reading) -> Action {
    guard state == .reading else { return .none }
    switch reading {
    case .unanswered:
      state = .unread
      return .none
    case .missing(let revision):
      // The directory has forgotten it.
      self.revision = revision
      stored = nil
    case .found(let bytes, let revision):
      guard let found = SessionRecord(json: bytes), found.gateway == record.gateway else { return .lost }
      self.revision = revision
      stored = found
      // Another loop of this server has claimed it for a client that is on its way here.
      record.raiseEpoch(to: found.epoch)
    }
    state = .idle
    return next()
  }
}
