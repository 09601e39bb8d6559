import Dialects
import IO
import JSON
import Platform
import Streams
import Web

/// Sessions whose connection ended, and clients that return.
extension Gateway {
  /// The session has no connection any more: it waits for its client, or ends.
  func disconnected(_ session: Session, code: Int?) {
    account(session)
    // During a shutdown those that go on elsewhere, or when the server is started anew.
    let isKept = lifecycle.isServing || session.copies.mirror != nil || context.journal?.isWriting == true
    let mayDetach = isKept && sessions.detached.count < Self.maximumDetached / shared.loops
    let actions = session.stream.disconnected(code: code, mayDetach: mayDetach, now: loop.now)
    if !session.stream.lifetime.isDetached || session.stream.account.isComplete { logDisconnected(session, code: code) }
    perform(actions, for: session)
  }

  /// Sessions kept for clients that may return.
  static let maximumDetached = 5_000

  func detach(_ session: Session, until: Duration) {
    keep(session, until: until)
    guard !session.stream.account.isComplete else { return }
    log.write(
      .info, "client detached",
      [
        "client_id": .number(session.clientID), "chunks": .number(session.stream.account.totals.chunks),
      ])
  }

  /// Keeps a session without a connection.
  func keep(_ session: Session, until: Duration) {
    sessions.detach(session)
    session.figures.opened(now: loop.nowInSeconds)
    let id = session.id
    loop.after(until - loop.now) { [unowned self] in
      guard let session = sessions.detached[id], sessions.migrating[id] == nil else { return }
      let isComplete = session.stream.account.isComplete
      let actions = session.stream.expired(now: loop.now)
      // One with its receipt was logged when its connection ended.
      if !actions.isEmpty, !isComplete { logDisconnected(session, code: nil) }
      perform(actions, for: session)
    }
  }

  func end(_ session: Session) {
    context.journal?.ended(session)
    if session.policy.isResumable { shared.sessions.remove(session.name.text, of: session.id, on: context.index) }
    endMirror(of: session)
    let file = sessions.files.removeValue(forKey: session.id)
    file?.remove(session.id)
    account(session)
    session.stream.release(from: &budget)
    sessions.remove(session)
  }

  private func logDisconnected(_ session: Session, code: Int?) {
    let totals = session.stream.account.totals
    log.write(
      .info, "client disconnected",
      [
        "client_id": .number(session.clientID), "code": code.map { .number($0) } ?? .null,
        "chunks": .number(totals.chunks), "bytes": .number(totals.bytes),
        "seconds": .number(session.stream.account.seconds), "processed": .number(totals.processed),
        "dropped": .number(totals.dropped),
        "replayed": .number(totals.replayed),
      ])
  }

  // MARK: Return

  /// The client of this new connection says which session is its own.
  func resume(_ request: ResumeRequest, on newcomer: Session) {
    let resume = RoutedResume(
      request: request, holder: newcomer.client.holder, newcomer: newcomer.id, loop: context.index)
    guard newcomer.stream.mayResumeAnother, newcomer.connection != nil else {
      return refuse(resume, .notFirstMessage)
    }
    if context.bucket == nil { find(resume) } else { claim(resume, for: newcomer) }
  }

  /// Looks for the session here, or has its loop look.
  func find(_ resume: RoutedResume) {
    guard let entry = shared.sessions[resume.request.session] else { return refuse(resume, .unknownSession) }
    guard entry.loop == context.index else {
      if resume.loop == context.index, let newcomer = sessions.connected[resume.newcomer] {
        // What it sends from here on is for the session.
        perform(newcomer.stream.pause(for: .migration), for: newcomer)
      }
      return on(entry.loop) { $0.find(resume) }
    }
    guard let session = sessions[entry.stream], session.client.holder == resume.holder else {
      return refuse(resume, .unknownSession)
    }
    do throws(ResumeProblem) {
      try session.stream.check(answered: resume.request.answered, segment: resume.request.segment)
    } catch {
      return refuse(resume, error)
    }
    if let lease = resume.lease { session.copies.mirror?.lease.claimed(lease) }
    session.dropConnection()
    if let earlier = sessions.stopMigrating(session) { on(earlier.loop) { $0.dismiss(earlier) } }
    if resume.loop == context.index { attach(session, as: resume) } else { migrate(session, following: resume) }
  }

  func refuse(_ resume: RoutedResume, _ problem: ResumeProblem) {
    on(resume.loop) { gateway in
      guard let newcomer = gateway.sessions.connected[resume.newcomer] else { return }
      gateway.counters.refusals.add(problem)
      newcomer.emit(.refused(.resume(problem)))
      gateway.perform(newcomer.stream.resume(from: .migration), for: newcomer)
    }
  }

  /// The session, which is on this loop, goes on over the newcomer's connection; false if that has ended.
  @discardableResult
  func attach(_ session: Session, as resume: RoutedResume) -> Bool {
    guard let newcomer = sessions.connected[resume.newcomer], let connection = newcomer.detach() else { return false }
    newcomer.stream.release(from: &budget)
    sessions.remove(newcomer)
    session.client = newcomer.client
    sessions.connect(session)
    session.attach(connection)
    counters.sessions.resumed += 1
    log.write(
      .info, "client resumed",
      [
        "client_id": .number(session.clientID), "peer": .string(connection.peer),
        "chunks": .number(session.stream.account.totals.chunks), "answered": .number(resume.request.answered),
      ])
    perform(
      session.stream.resumed(answered: resume.request.answered, segment: resume.request.segment), for: session)
    return true
  }
}
