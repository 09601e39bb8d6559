/// Brings a session to the server that its client returns to. One event in, one action out.
///
/// *Reading* the record; *claiming*, it has been changed to name this server, and the answer is awaited; *taking* the
/// copy of the worker in the record; *collecting* all copies there are, if that has none or one that is refused;
/// *recording* from which the session goes on.
///
/// The record is changed at every resumption, also where the session is at hand: another server may have had it
/// meanwhile. If any reading says so, what is at hand is old. A copy is refused that has less than the client has,
/// whatever the record says, or that the session has left behind, as the record says. A change without an answer may
/// have been applied: the next reading shows it, for this claim or a later one.
struct Handover<Copy> {
  enum Event {
    case record(SessionBucket.Reading)
    case changed(SessionBucket.Change)
    /// A copy of this age; `isEnough`: it has all that its client has.
    case copy(Copy, CopyAge, isEnough: Bool)
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
    case tryLater(Obstacle)
  }

  /// The reason that nobody can say where a session is.
  enum Obstacle {
    case noAnswer, rival, unknownWorkers
  }

  private enum State {
    case reading
    case claiming(SessionRecord)
    case taking, collecting
    case recording(Copy, SessionRecord)
    case over
  }

  private let gateway: String
  /// Whether this server has the session, as far as it knows.
  private(set) var isHere: Bool
  private var state = State.reading
  private var attempts = 0
  private var lease: SessionLease
  private var best: (copy: Copy, age: CopyAge)?

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
    case (.changed(.changed(let revision)), .claiming(let record)): return claimed(record, revision)
    case (.changed(let change), .claiming): return again(after: change)
    case (.copy(let copy, let age, let isEnough), .taking):
      return isEnough && lease.record.counts(age) ? record(copy, age) : collect()
    case (.noCopy, .taking): return collect()
    case (.fenced, .taking): return end(.tryLater(.rival))
    case (.copy(let copy, let age, let isEnough), .collecting):
      if isEnough, lease.record.counts(age), best.map({ $0.age < age }) ?? true { best = (copy, age) }
      return .none
    case (.collected(let isEarly), .collecting):
      return best.map { record($0.copy, $0.age) } ?? end(isEarly ? .tryLater(.unknownWorkers) : .gone)
    case (.changed(.changed(let revision)), .recording(let copy, let record)):
      return end(.restore(copy, SessionLease(record, revision: revision)))
    case (.changed(let change), .recording): return end(.tryLater(Obstacle(change)))
    default: return .none
    }
  }

  private mutating func end(_ action: Action) -> Action {
    state = .over
    return action
  }

  private mutating func again(after change: SessionBucket.Change) -> Action {
    attempts += 1
    guard attempts < Self.mostAttempts else { return end(.tryLater(Obstacle(change))) }
    state = .reading
    return .read
  }

  private mutating func claim(_ reading: SessionBucket.Reading) -> Action {
    switch reading {
    case .unanswered: return end(.tryLater(.noAnswer))
    case .missing(let revision):
      guard isHere else { return end(.gone) }
      // The directory has forgotten it.
      return write(SessionRecord(gateway: gateway), after: revision)
    case .found(let bytes, let revision):
      guard var record = SessionRecord(json: bytes) else { return end(.gone) }
      if record.gateway != gateway { isHere = false }
      record.claim(by: gateway)
      return write(record, after: revision)
    }
  }

  private mutating func write(_ record: SessionRecord, after revision: UInt64) -> Action {
    state = .claiming(record)
    return .write(record, after: revision)
  }

  private mutating func claimed(_ record: SessionRecord, _ revision: UInt64) -> Action {
    lease = SessionLease(record, revision: revision)
    if isHere { return end(.goOnHere(lease)) }
    state = .taking
    if let image = record.image { return .open(image: image, epoch: record.epoch) }
    return .take(worker: record.worker, epoch: record.epoch)
  }

  private mutating func collect() -> Action {
    state = .collecting
    return .collect(epoch: epoch)
  }

  /// Before anything is said of the session: from here on no other copy counts.
  private mutating func record(_ copy: Copy, _ age: CopyAge) -> Action {
    var record = lease.record
    record.goOn(from: age)
    state = .recording(copy, record)
    return .write(record, after: lease.revision)
  }
}

extension Handover.Obstacle {
  fileprivate init(_ change: SessionBucket.Change) { self = change == .unanswered ? .noAnswer : .rival }

  var reason: String {
    switch self {
    case .noAnswer: "the directory of sessions did not answer"
    case .rival: "another server is asking for this session, too"
    case .unknownWorkers: "this server does not know all workers yet"
    }
  }
}
