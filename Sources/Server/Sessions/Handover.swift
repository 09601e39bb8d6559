/// Brings a session to the server that its client returns to. One event in, one action out.
///
/// *Reading* the record; *claiming*, it has been changed to name this server, and the answer is awaited; *settling*,
/// that had no answer, and the record is read again; *taking* the copy of the worker in the record; *collecting* all
/// copies there are, if that has none or one that lacks answers which the client has.
///
/// The record is changed at every resumption, also where the session is at hand: another server may have had it
/// meanwhile. A copy with less than the client has is refused, whatever the record says.
struct Handover<Copy> {
  enum Event {
    case record(SessionBucket.Reading)
    case changed(SessionBucket.Change)
    /// A copy of this epoch; `isEnough`: it has all that its client has.
    case copy(Copy, epoch: UInt64, isEnough: Bool)
    /// The worker that was asked has no copy, or is gone.
    case noCopy
    /// A later claim than this one was made.
    case fenced
    /// Everybody who has a copy has had the time to send it.
    /// - Parameter isEarly: not all workers are known yet.
    case collected(isEarly: Bool)
  }

  enum Action {
    case none
    case read
    case write(SessionRecord, after: UInt64)
    /// Ask this worker for its copy.
    case take(worker: String, epoch: UInt64)
    /// Look at the copy in the record.
    case open(image: [UInt8], epoch: UInt64)
    /// Ask all workers and servers for theirs.
    case collect(epoch: UInt64)
    /// The session goes on with this copy.
    case restore(Copy, SessionLease)
    /// The session goes on as it is here.
    case goOnHere(SessionLease)
    /// The session is gone: its client begins another one.
    case gone
    /// Nobody can say where the session is: its client is to ask again later.
    case tryLater
  }

  private enum State {
    case reading
    case claiming(SessionRecord)
    case settling(SessionRecord)
    case taking, collecting, over
  }

  private let gateway: String
  /// Whether this server has the session, as far as it knows.
  private let isHere: Bool
  private var state = State.reading
  private var attempts = 0
  /// The server that had it before this one.
  private var former = ""
  private var lease: SessionLease
  private var best: (copy: Copy, epoch: UInt64)?

  /// Changes that find the record changed, before the client is asked to come again.
  private static var mostAttempts: Int { 8 }

  init(gateway: String, isHere: Bool) {
    self.gateway = gateway
    self.isHere = isHere
    lease = SessionLease(gateway: gateway)
  }

  var epoch: UInt64 { lease.record.epoch }

  func begin() -> Action { .read }

  mutating func take(_ event: Event) -> Action {
    switch (event, state) {
    case (.record(let reading), .reading): return claim(reading)
    case (.record(let reading), .settling(let wanted)): return settle(reading, wanted)
    case (.changed(.changed(let revision)), .claiming(let record)): return claimed(record, revision)
    case (.changed(.conflict), .claiming): return again()
    case (.changed(.unanswered), .claiming(let wanted)):
      state = .settling(wanted)
      return .read
    case (.copy(let copy, _, let isEnough), .taking): return isEnough ? restore(copy) : collect()
    case (.noCopy, .taking): return collect()
    case (.fenced, .taking): return end(.tryLater)
    case (.copy(let copy, let epoch, let isEnough), .collecting):
      if isEnough, epoch >= best?.epoch ?? 0 { best = (copy, epoch) }
      return .none
    case (.collected(let isEarly), .collecting):
      return best.map { restore($0.copy) } ?? end(isEarly ? .tryLater : .gone)
    default: return .none
    }
  }

  private mutating func end(_ action: Action) -> Action {
    state = .over
    return action
  }

  private mutating func again() -> Action {
    attempts += 1
    guard attempts < Self.mostAttempts else { return end(.tryLater) }
    state = .reading
    return .read
  }

  private mutating func claim(_ reading: SessionBucket.Reading) -> Action {
    switch reading {
    case .unanswered: return end(.tryLater)
    case .missing(let revision):
      guard isHere else { return end(.gone) }
      // The directory has forgotten it.
      former = gateway
      return write(SessionRecord(gateway: gateway), after: revision)
    case .found(let bytes, let revision):
      guard var record = SessionRecord(json: bytes) else { return end(.gone) }
      former = record.gateway
      record.gateway = gateway
      record.epoch += 1
      return write(record, after: revision)
    }
  }

  private mutating func write(_ record: SessionRecord, after revision: UInt64) -> Action {
    state = .claiming(record)
    return .write(record, after: revision)
  }

  /// The change had no answer, and the record was read: it may have been applied.
  private mutating func settle(_ reading: SessionBucket.Reading, _ wanted: SessionRecord) -> Action {
    guard case .found(let bytes, let revision) = reading else { return end(.tryLater) }
    return SessionRecord(json: bytes) == wanted ? claimed(wanted, revision) : again()
  }

  private mutating func claimed(_ record: SessionRecord, _ revision: UInt64) -> Action {
    lease = SessionLease(record, revision: revision)
    if isHere, former == gateway { return end(.goOnHere(lease)) }
    state = .taking
    if let image = record.image { return .open(image: image, epoch: record.epoch) }
    return .take(worker: record.worker, epoch: record.epoch)
  }

  private mutating func collect() -> Action {
    state = .collecting
    return .collect(epoch: epoch)
  }

  private mutating func restore(_ copy: Copy) -> Action { end(.restore(copy, lease)) }
}
