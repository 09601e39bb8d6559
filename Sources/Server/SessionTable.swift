import Recognition
import Streams

/// The sessions of one loop by their stream's number.
struct SessionTable {
  private(set) var connected = NumberMap<Session>() { didSet { recent = nil } }
  /// Without a connection; their clients may return.
  private(set) var detached = NumberMap<Session>() { didSet { recent = nil } }
  /// For sessions that move to another loop as soon as their worker owes them nothing: the request they follow.
  private(set) var migrating: [UInt64: RoutedResume] = [:]

  /// Requests with a file, with or without a session yet: what each does at a shutdown.
  var uploads: [ObjectIdentifier: () -> Void] = [:]
  /// Files that are being decoded, uploaded or live.
  var decoding = 0
  /// Files that clients send live, by the sessions that have their audio.
  var files: [UInt64: LiveFile] = [:]
  /// Requests that are answered when their client has sent all of the file.
  var refusedUploads: [ObjectIdentifier: RefusedUpload] = [:]

  var wyoming = WyomingPort()

  let handovers = HandoverTable()

  /// Connected ones that are not read because memory is short.
  var throttled: [Session] = []

  subscript(id: UInt64) -> Session? { connected[id] ?? detached[id] }

  /// The one that was found last: a worker's answers to several chunks of one session come together.
  private var recent: Session?

  mutating func find(_ id: UInt64) -> Session? {
    if let recent, recent.id == id { return recent }
    recent = self[id]
    return recent
  }

  /// The session of this stream, if it is in this slot. One that was elsewhere meanwhile has another stream.
  mutating func find(_ stream: StreamID, in slot: Int) -> Session? {
    guard let session = find(stream.number), session.stream.id == stream, session.stream.placement.slot == slot else {
      return nil
    }
    return session
  }

  /// Every session whose stream is not over.
  var all: [Session] { Array(connected.values) + Array(detached.values) }

  mutating func connect(_ session: Session) {
    detached[session.id] = nil
    connected[session.id] = session
  }

  mutating func detach(_ session: Session) {
    connected[session.id] = nil
    detached[session.id] = session
  }

  mutating func remove(_ session: Session) {
    connected[session.id] = nil
    detached[session.id] = nil
    migrating[session.id] = nil
  }

  /// The session is to follow its client to another loop. Returns the request that this one supersedes.
  mutating func migrate(_ session: Session, following resume: RoutedResume) -> RoutedResume? {
    detach(session)
    return migrating.updateValue(resume, forKey: session.id)
  }

  mutating func stopMigrating(_ session: Session) -> RoutedResume? { migrating.removeValue(forKey: session.id) }
}
