import Glibc
import IO
import JSON
import Platform
import Streams
import Web

/// The shutdown, as `ShutdownState` orders it.
extension Gateway {
  /// How often its state is checked, besides at every event.
  private static let tick = Duration.milliseconds(10)

  func signalled(_ number: Int32) {
    switch lifecycle.shutdown.signalled(now: loop.now) {
    case .endAtOnce:
      if isFirst { log.write(.warning, "second signal: ending at once", ["signal": .number(Int(number))]) }
      lifecycle.fail()
      workers.killAll()
      end()
    case .stopAccepting:
      if isFirst {
        log.write(
          .info, "shutting down",
          ["signal": .number(Int(number)), "clients": .number(shared.access.connections)])
      }
      context.notifySocket?.notify(.stopping)
      server?.stopAccepting()
      sessions.wyoming.listener?.close()
      loop.after(Self.tick, repeating: Self.tick) { [unowned self] in advanceShutdown() }
    }
  }

  /// Takes the next step if it is due.
  func advanceShutdown() {
    if !lifecycle.isServing { for refused in Array(sessions.refusedUploads.values) { refused.hurry() } }
    let action = lifecycle.shutdown.advance(
      now: loop.now, chunks: counters.chunks, workersLeft: workers.isAtWork, connections: remaining)
    switch action {
    case .wait: break
    case .finish:
      for shutDown in Array(sessions.uploads.values) { shutDown() }
      for connection in Array(sessions.wyoming.connections.values) { connection.shutDown() }
      for session in Array(sessions.connected.values) { perform(session.stream.shutDown(), for: session) }
      workers.finishAll { isRecovering($0) }
    case .close(let late):
      if late { abandon() }
      context.journal?.freeze(sessions, now: loop.now)
      sessions.handovers.isFrozen = true
      for session in Array(sessions.connected.values) where !session.stream.account.hasEnded { sendAway(session) }
    case .end(let late):
      if late {
        log.write(.warning, "closing clients with work unanswered", ["clients": .number(sessions.connected.count)])
      }
      end()
    }
  }

  /// A session that is in the journal goes on when the server is started anew, and one with a mirror at another server.
  private func sendAway(_ session: Session) {
    let isKept = context.journal?.isWriting == true || session.copies.mirror?.slot != nil
    if isKept, session.stream.lifetime.isResumable {
      session.emit(.closing(.goingAway))
    } else {
      perform(session.stream.close(.goingAway), for: session)
    }
  }

  private var remaining: ShutdownState.Remaining {
    if !sessions.refusedUploads.isEmpty { return .behind }
    if sessions.connected.isEmpty { return .none }
    return sessions.connected.values.contains { $0.unreadBytes > 0 } ? .behind : .silent
  }

  /// The time is up for what no worker has answered.
  private func abandon() {
    log.write(.error, "shutdown timeout reached", ["clients": .number(sessions.connected.count)])
    lifecycle.fail()
    workers.killAll()
    for session in sessions.all { perform(session.stream.abandon(), for: session) }
  }
}
