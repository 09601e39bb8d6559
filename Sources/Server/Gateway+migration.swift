import Dialects
import Streams
import Web

/// How a session moves to the loop on which its client has returned. It stays until its worker owes it nothing, so that
/// nothing is done twice, and is brought to a worker of the other loop like after the loss of a worker. Its client is
/// not read in the meantime.
extension Gateway {
  /// The session is to follow its client to another loop.
  func migrate(_ session: Session, following resume: RoutedResume) {
    account(session)
    _ = sessions.migrate(session, following: resume)
  }

  /// At the end of a round: moves the sessions that wait for nothing.
  func completeMigrations() {
    guard !sessions.migrating.isEmpty else { return }
    for (id, resume) in sessions.migrating {
      guard let session = sessions.detached[id] else { preconditionFailure("A session without a connection migrates.") }
      if session.stream.mayMigrate { handOver(session, following: resume) }
    }
  }

  private func handOver(_ session: Session, following resume: RoutedResume) {
    sessions.throttled.removeAll { $0 === session }
    if let slot = session.stream.placement.slot { slots[slot].blocked.removeAll { $0 === session } }
    session.stream.release(from: &budget)
    perform(session.stream.migrate(), for: session)
    context.journal?.left(session)
    sessions.remove(session)
    leaveMirror(of: session)
    let entry = SessionDirectory.Entry(loop: resume.loop, stream: session.id, client: session.client)
    let name = session.name.text
    // From here on it belongs to the other loop.
    nonisolated(unsafe) let session = session
    mailboxes[resume.loop].submit { $0.accept(session, following: resume) }
    // Requests for the session are routed there from now on, and are queued after it.
    shared.sessions.set(name, to: entry)
  }

  private func accept(_ session: Session, following resume: RoutedResume) {
    session.owner = self
    sessions.detach(session)
    sessions.handovers.add(session)
    account(session)
    guard lifecycle.takesChunks else { return disconnected(session, code: nil) }
    let isAttached = attach(session, as: resume)
    perform(session.stream.arrived(), for: session)
    if !isAttached { disconnected(session, code: nil) }
    if let slot = session.stream.placement.slot { recover(slot) }
  }

  /// Another connection has resumed the session that this newcomer waits for.
  func dismiss(_ resume: RoutedResume) { sessions.connected[resume.newcomer]?.connection?.drop() }
}
