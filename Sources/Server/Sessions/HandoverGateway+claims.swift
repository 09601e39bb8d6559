import Dialects
import JSON
import Platform
import Streams
import WorkerLink

/// Sessions that come here from other servers: carries out what `Handover` decides.
extension HandoverGateway {
  /// The client of this newcomer says which session is its own: it may be at another server.
  func claim(_ resume: RoutedResume, for newcomer: Session) {
    // Its next messages are for the session.
    perform(newcomer.stream.pause(for: .migration), for: newcomer, message: nil)
    if let problem = bucket?.problem { return sendAway(resume, because: problem) }
    let key = SessionKey(session: resume.request.session, of: resume.holder)
    if let run = handovers.runs[key] {
      // Each return is a claim of its own: another server may have had the session since, and its client has more.
      dismiss(run.resume)
      end(run)
    }
    let isHere = hasSession(resume.request.session)
    let run = HandoverRun(key, Handover(gateway: directoryName, isHere: isHere), for: resume)
    handovers.runs[key] = run
    carryOut(run.handover.begin(), of: run)
  }

  private func advance(_ run: HandoverRun, _ event: Handover<Session>.Event) {
    guard handovers.runs[run.key] === run else { return }
    carryOut(run.handover.take(event), of: run)
  }

  private func carryOut(_ action: Handover<Session>.Action, of run: HandoverRun) {
    switch action {
    case .none: break
    case .read: bucket?.read(run.key.text) { [unowned self] in advance(run, .record($0)) }
    case .write(let record, let revision):
      // Before the record can name this server: from then on it would count.
      if !run.handover.isHere { giveUpOld(run.resume.request.session, run.key) }
      bucket?.change(run.key.text, to: record.json, after: revision) { [unowned self] in
        advance(run, .changed($0))
      }
    case .take(let worker, let epoch): take(run, from: worker, epoch)
    case .open(let image, let epoch): take(image, epoch, for: run, from: .directory)
    case .collect(let epoch): collect(run, epoch)
    case .restore(let session, let lease):
      if let copy = run.copies.first(where: { $0.session === session }) {
        counters.sessions.taken[copy.source, default: 0] += 1
      }
      end(run, with: session)
      restore(session, lease, of: run)
    case .goOnHere(let lease):
      end(run)
      run.resume.lease = lease
      find(run.resume)
    case .gone:
      end(run)
      counters.sessions.gone += 1
      refuse(run.resume, .unknownSession)
    case .tryLater(let obstacle):
      end(run)
      sendAway(run.resume, because: bucket?.problem ?? obstacle.reason)
    }
  }

  /// - Parameter session: the copy that goes on.
  private func end(_ run: HandoverRun, with session: Session? = nil) {
    handovers.runs[run.key] = nil
    for copy in run.copies where copy.session !== session { copy.session.stream.release(from: &budget) }
    run.copies = []
  }

  /// The client of this newcomer is to come again later.
  private func sendAway(_ resume: RoutedResume, because reason: String) {
    guard let newcomer = newcomer(of: resume) else { return }
    perform(newcomer.stream.close(.sessionsUnavailable(reason: reason)), for: newcomer, message: nil)
  }

  // MARK: Copies

  private func take(_ run: HandoverRun, from worker: String, _ epoch: UInt64) {
    guard let keepers,
      let slot = keepers.keeperSlots.first(where: { keepers.keeper(in: $0) == worker })
    else { return advance(run, .noCopy) }
    run.asked = [slot]
    keepers.take(run.key, epoch: epoch, from: slot)
    time.call(after: HandoverTable.takingTime) { [unowned self] in advance(run, .noCopy) }
  }

  private func collect(_ run: HandoverRun, _ epoch: UInt64) {
    guard let keepers else { return }
    for slot in keepers.keeperSlots where run.asked.insert(slot).inserted {
      keepers.take(run.key, epoch: epoch, from: slot)
    }
    keepers.ask(for: run.key, epoch: epoch)
    time.call(after: HandoverTable.collectingTime) { [unowned self] in
      advance(run, .collected(isEarly: !keepers.hasHeardAll))
    }
  }

  /// A worker says something of a session.
  func handover(replied reply: WorkerReply, from slot: Int) {
    switch reply {
    case .image(let key, let epoch, let piece):
      guard let run = handovers.runs[key], run.asked.contains(slot), let image = run.take(piece, from: "\(slot)") else {
        return
      }
      // Nobody has a copy that is newer than the claim.
      if epoch < run.handover.epoch { take(image, epoch, for: run, from: .worker) } else { advance(run, .noCopy) }
    case .untaken(let key, let isFenced):
      guard let run = handovers.runs[key], run.asked.contains(slot) else { return }
      advance(run, isFenced ? .fenced : .noCopy)
    case .fenced(let key):
      // No worker says so of sessions that it does not have.
      if let session = handovers.sessions[key], session.copies.mirror?.slot == slot { fence(session) }
    case .hello, .result, .text, .updates, .finished, .failed, .behind, .decoded: break
    }
  }

  private func take(_ image: [UInt8], _ epoch: UInt64, for run: HandoverRun, from source: CopySource) {
    let until = time.now + StreamLimits.detachedTime
    do throws(StateError) {
      // Another stream than one that the session may have had here before: what is said of that may be on its way.
      let session = try SessionImage(image).session(
        run.resume.request.session, gateway: gatewayID &+ run.handover.epoch, until: until, now: time.nowInSeconds,
        on: self, budget: &budget)
      guard isTheOne(session, for: run.resume) else {
        session.stream.release(from: &budget)
        throw StateError()
      }
      let isEnough = has(session, everythingFor: run.resume.request)
      if !isEnough { counters.sessions.refusedCopies += 1 }
      run.copies.append((session, source))
      let age = CopyAge(epoch: epoch, answered: session.stream.account.lastAnswered)
      advance(run, .copy(session, age, isEnough: isEnough))
    } catch {
      log.write(.warning, "a copy of a session can't be used", ["session": .string(run.key.text)])
      advance(run, .noCopy)
    }
  }

  /// Whether this is the client's session.
  private func isTheOne(_ session: Session, for resume: RoutedResume) -> Bool {
    let other = self.session(number: session.id)
    return session.client.holder == resume.holder
      && (other?.name ?? session.name) == session.name
  }

  private func has(_ session: Session, everythingFor request: ResumeRequest) -> Bool {
    session.stream.has(answered: request.answered, segment: request.segment)
      && (try? session.stream.check(answered: request.answered, segment: request.segment)) != nil
  }

  /// The session goes on here.
  private func restore(_ session: Session, _ lease: SessionLease, of run: HandoverRun) {
    session.copies.mirror = SessionMirror(run.key, lease)
    handovers.add(session)
    log.write(
      .info, "session taken over",
      [
        "client_id": .number(session.clientID), "chunks": .number(session.stream.account.totals.chunks),
        "answered": .number(session.stream.account.lastAnswered),
      ])
    took(session, for: run.resume)
  }

  // MARK: From other servers

  func keepers(asked question: CopyQuestion) {
    guard let keepers else { return }
    if let session = handovers.sessions[question.key], let mirror = session.copies.mirror,
      mirror.lease.record.epoch < question.epoch
    {
      fence(session)
    }
    guard let copy = handovers.fenced[question.key] else { return }
    for message in CopyMessage.messages(question.key, epoch: copy.epoch, copy.image) {
      keepers.give(message, to: question.server)
    }
  }

  func keepers(gave copy: CopyMessage, by server: String) {
    guard let run = handovers.runs[copy.key], let image = run.take(copy.piece, from: server) else { return }
    take(image, copy.epoch, for: run, from: .server)
  }

  func keepersAreCutOff() {
    let cutOff = handovers.sessions.values.filter { $0.connection != nil && $0.stream.lifetime.isResumable }
    guard !cutOff.isEmpty else { return }
    log.write(
      .error, "no broker is heard: sending clients to other servers", ["clients": .number(cutOff.count)])
    // Their sessions stay until another server has them, or the broker is back.
    for session in cutOff.sorted(by: { $0.id < $1.id }) { session.emit(.closing(.goingAway)) }
  }
}
