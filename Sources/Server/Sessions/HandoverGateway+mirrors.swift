import Dialects
import JSON
import Platform
import Streams
import WorkerLink

/// The other copies of sessions, at their workers, and their records in the directory.
extension HandoverGateway {
  func startMirrors() {
    guard bucket != nil else { return }
    time.call(after: .seconds(1), repeating: .seconds(1)) { [unowned self] in tickMirrors() }
  }

  /// Asks again what was not answered, and renews what is old.
  private func tickMirrors() {
    handovers.ticks += 1
    // A directory that was gone may have forgotten everything.
    let hasBucket = bucket?.problem == nil
    let isBack = hasBucket && !handovers.hadBucket
    handovers.hadBucket = hasBucket
    for session in handovers.sessions.values
    where isBack || (Int(truncatingIfNeeded: session.id) + handovers.ticks) % HandoverTable.renewalTicks == 0 {
      session.copies.mirror?.lease.renew()
    }
    for key in handovers.unstored { advance(key) { $0.next() } }
  }

  // MARK: The directory

  /// Makes a session known to all servers that has just begun with these actions, and carries them out then: at once
  /// where there are no others.
  func makeKnown(_ session: Session, _ actions: StreamActions) {
    guard let bucket, session.stream.lifetime.isResumable, session.copies.mirror == nil else {
      return perform(actions, for: session, message: nil)
    }
    if let problem = bucket.problem { return refuse(session, because: problem) }
    let key = SessionKey(session: session.name.text, of: session.client.holder)
    let lease = SessionLease(gateway: directoryName, image: SessionImage.write(session))
    session.copies.mirror = SessionMirror(key, lease)
    handovers.add(session)
    handovers.beginning[key] = actions
    perform(session.stream.pause(for: .migration), for: session, message: nil)
    advance(key) { $0.next() }
  }

  /// The session can't begin now.
  private func refuse(_ session: Session, because reason: String) {
    perform(session.stream.close(.sessionsUnavailable(reason: reason)), for: session, message: nil)
  }

  /// Has something happen to the record of a session that is here, and does what follows.
  private func advance(_ key: SessionKey, _ event: (inout SessionLease) -> SessionLease.Action) {
    guard let session = handovers.sessions[key], let bucket,
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
    guard let lease = session.copies.mirror?.lease, !lease.isAwaiting else { return }
    if lease.isStored, let old = session.copies.mirror?.takeFormer() {
      keepers?.forget(key, epoch: lease.record.epoch - 1, in: old)
    }
    guard let actions = handovers.beginning.removeValue(forKey: key) else { return }
    guard lease.isKnown else {
      return refuse(session, because: bucket?.problem ?? "the directory of sessions did not answer")
    }
    perform(actions, for: session, message: nil)
    perform(session.stream.resume(from: .migration), for: session, message: nil)
  }

  // MARK: The mirror

  /// Before the stream is opened in this slot: all of its state goes there.
  func beginMirror(of session: Session, in slot: Int) {
    guard keepers?.keeper(in: slot) != nil else {
      session.copies.mirror?.end()
      return
    }
    session.copies.mirror?.begin(in: slot)
    mirrorState(of: session)
  }

  /// A chunk is about to be sent. Of one that is the client's message as it came, its worker needs to know no more.
  func mirror(_ chunk: StreamChunk, _ delivery: StreamAction.Delivery, of session: Session) {
    guard let mirror = session.copies.mirror else { return }
    mirror.count()
    guard delivery != .message || mirror.isEmpty, chunk.seq > mirror.cursor.received else { return }
    mirrorState(of: session)
  }

  /// Sends what has changed since the last time.
  func mirrorState(of session: Session) {
    guard let mirror = session.copies.mirror, let slot = mirror.slot, let keepers,
      let worker = keepers.keeper(in: slot), session.isWritable
    else { return }
    // Its record says so when there is something to be found there.
    let hasMoved = mirror.move(to: worker, answered: session.stream.account.lastAnswered)
    let isFull = mirror.needsAll
    var cursor = isFull ? StateCursor() : mirror.cursor
    handovers.writer.reset()
    guard session.write(to: &handovers.writer, since: &cursor, for: .mirror) else { return }
    mirror.cursor = cursor
    mirror.sent(handovers.writer.count, isFull: isFull)
    let state = SessionState(
      key: mirror.key, stream: session.stream.id, epoch: mirror.lease.record.epoch,
      received: session.stream.account.totals.chunks, answered: session.stream.account.lastAnswered,
      firstKept: session.stream.firstKept)
    handovers.writer.withBytes { keepers.keep(state, isFull: isFull, $0, in: slot) }
    // After the state, which leaves at the end of the round: the copy before counts less when the record has changed.
    if hasMoved { time.call(after: .zero) { [unowned self] in advance(mirror.key) { $0.next() } } }
  }

  /// The session is another loop's from now on.
  func leaveMirror(of session: Session) {
    guard let key = session.copies.mirror?.key else { return }
    session.copies.mirror?.end()
    handovers.remove(key)
  }

  /// The session is over, or the server is and leaves it to others.
  func endMirror(of session: Session) {
    guard let mirror = session.copies.mirror else { return }
    session.copies.mirror = nil
    handovers.remove(mirror.key)
    guard !handovers.isFrozen else { return }
    if let slot = mirror.slot { keepers?.forget(mirror.key, epoch: mirror.lease.record.epoch, in: slot) }
    if mirror.lease.isKnown {
      bucket?.change(mirror.key.text, to: nil, after: mirror.lease.revision) { _ in }
    }
  }

  /// Another server has the session.
  func fence(_ session: Session) {
    guard let mirror = session.copies.mirror else { return }
    log.write(.warning, "another server has the session", ["client_id": .number(session.clientID)])
    counters.sessions.fenced += 1
    if let image = SessionImage.write(session) {
      let epoch = mirror.lease.record.epoch
      if handovers.keep(image, epoch: epoch, of: mirror.key) {
        time.call(after: StreamLimits.detachedTime) { [unowned self] in handovers.drop(mirror.key, epoch: epoch) }
      }
    }
    session.copies.mirror = nil
    handovers.remove(mirror.key)
    gaveUp(session)
  }
}
