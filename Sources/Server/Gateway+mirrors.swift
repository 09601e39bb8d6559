import Broker
import Dialects
import IO
import JSON
import Platform
import Streams
import WorkerLink

/// The other copies of sessions, at their workers, and their records in the directory.
extension Gateway {
  /// How old records become before they are written again.
  private static let renewalTicks = 600

  /// This server in the directory.
  var directoryName: String { "\(context.settings.workers.broker?.machine ?? "").\(shared.gatewayID)" }

  func startMirrors() {
    guard context.bucket != nil else { return }
    loop.after(.seconds(1), repeating: .seconds(1)) { [unowned self] in tickMirrors() }
  }

  /// Asks again what was not answered, and renews what is old.
  private func tickMirrors() {
    let handovers = sessions.handovers
    handovers.ticks += 1
    // A directory that was gone may have forgotten everything.
    let hasBucket = context.bucket?.problem == nil
    let isBack = hasBucket && !handovers.hadBucket
    handovers.hadBucket = hasBucket
    for (key, session) in handovers.sessions {
      if isBack || (Int(truncatingIfNeeded: session.id) + handovers.ticks) % Self.renewalTicks == 0 {
        session.copies.mirror?.lease.renew()
      }
      advance(key) { $0.next() }
    }
  }

  // MARK: The directory

  /// Makes a session known to all servers that has just begun with these actions, and carries them out then: at once
  /// where there are no others.
  func makeKnown(_ session: Session, _ actions: StreamActions) {
    guard let bucket = context.bucket, session.stream.lifetime.isResumable, session.copies.mirror == nil else {
      return perform(actions, for: session)
    }
    if let problem = bucket.problem {
      return perform(session.stream.close(.sessionsUnavailable(reason: problem)), for: session)
    }
    let key = SessionKey(session: session.identity.name, of: session.client.holder)
    let lease = SessionLease(gateway: directoryName, image: SessionImage.write(session))
    session.copies.mirror = SessionMirror(key, lease)
    sessions.handovers.add(session)
    sessions.handovers.beginning[key] = actions
    perform(session.stream.pause(for: .migration), for: session)
    advance(key) { $0.next() }
  }

  /// Has something happen to the record of a session that is here, and does what follows.
  private func advance(_ key: SessionKey, _ event: (inout SessionLease) -> SessionLease.Action) {
    guard let session = sessions.handovers.sessions[key], let bucket = context.bucket,
      let action = session.copies.mirror?.advance(event)
    else { return }
    switch action {
    case .none: recorded(session, key)
    case .read: bucket.read(key.text) { [unowned self] reading in advance(key) { $0.read(reading) } }
    case .write(let record, let revision):
      bucket.change(key.text, to: record.json, after: revision) { [unowned self] change in
        advance(key) { $0.wrote(change) }
      }
    case .lost: fence(session)
    }
  }

  private func recorded(_ session: Session, _ key: SessionKey) {
    guard let lease = session.copies.mirror?.lease else { return }
    if lease.isStored, let old = session.copies.mirror?.takeFormer() {
      workers.keepers?.forget(key, epoch: lease.record.epoch - 1, in: old)
    }
    guard let actions = sessions.handovers.beginning.removeValue(forKey: key) else { return }
    guard lease.isKnown else {
      let reason = context.bucket?.problem ?? "the directory did not answer"
      return perform(session.stream.close(.sessionsUnavailable(reason: reason)), for: session)
    }
    perform(actions, for: session)
    perform(session.stream.resume(from: .migration), for: session)
  }

  // MARK: The mirror

  /// Before the stream is opened in this slot: all of its state goes there.
  func beginMirror(of session: Session, in slot: Int) {
    guard let worker = workers.keepers?.keeper(in: slot), let mirror = session.copies.mirror else {
      session.copies.mirror?.end()
      return
    }
    if mirror.lease.record.worker != worker { session.copies.mirror?.lease.moved(to: worker) }
    session.copies.mirror?.begin(in: slot)
    mirrorState(of: session)
    advance(mirror.key) { $0.next() }
  }

  /// A chunk is about to be sent. Of one that is the client's message as it came, its worker needs to know no more.
  func mirror(_ chunk: StreamChunk, _ delivery: StreamAction.Delivery, of session: Session) {
    session.copies.mirror?.count()
    guard delivery != .message, let mirror = session.copies.mirror, chunk.seq > mirror.cursor.received else { return }
    mirrorState(of: session)
  }

  /// Sends what has changed since the last time.
  func mirrorState(of session: Session) {
    guard let mirror = session.copies.mirror, let slot = mirror.slot, let keepers = workers.keepers else { return }
    let isFull = mirror.needsAll
    var cursor = isFull ? StateCursor() : mirror.cursor
    sessions.handovers.writer.reset()
    guard session.write(to: &sessions.handovers.writer, since: &cursor, for: .mirror) else { return }
    session.copies.mirror?.cursor = cursor
    session.copies.mirror?.sent(sessions.handovers.writer.count, isFull: isFull)
    let state = SessionState(
      key: mirror.key, stream: session.stream.id, epoch: mirror.lease.record.epoch,
      received: session.stream.account.totals.chunks, answered: session.stream.account.lastAnswered,
      firstKept: session.stream.firstKept)
    sessions.handovers.writer.withBytes { keepers.keep(state, isFull: isFull, $0, in: slot) }
  }

  /// The session is another loop's from now on.
  func leaveMirror(of session: Session) {
    guard let key = session.copies.mirror?.key else { return }
    session.copies.mirror?.end()
    sessions.handovers.remove(key)
  }

  /// The session is over, or the server is and leaves it to others.
  func endMirror(of session: Session) {
    guard let mirror = session.copies.mirror else { return }
    session.copies.mirror = nil
    sessions.handovers.remove(mirror.key)
    guard !sessions.handovers.isFrozen else { return }
    if let slot = mirror.slot { workers.keepers?.forget(mirror.key, epoch: mirror.lease.record.epoch, in: slot) }
    if mirror.lease.isKnown {
      context.bucket?.change(mirror.key.text, to: nil, after: mirror.lease.revision) { _ in }
    }
  }

  /// Another server has the session.
  func fence(_ session: Session) {
    guard let mirror = session.copies.mirror else { return }
    log.write(.warning, "another server has the session", ["client_id": .number(session.identity.clientID)])
    counters.sessions.fenced += 1
    if let image = SessionImage.write(session) {
      let handovers = sessions.handovers
      handovers.fenced[mirror.key] = (image, mirror.lease.record.epoch)
      loop.after(StreamLimits.detachedTime) { handovers.fenced[mirror.key] = nil }
    }
    session.copies.mirror = nil
    sessions.handovers.remove(mirror.key)
    shared.sessions.remove(session.identity.name, of: session.id)
    perform(session.stream.close(.goingAway), for: session)
    if session.connection == nil { end(session) }
  }
}
