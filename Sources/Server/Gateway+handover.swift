import Broker
import Dialects
import IO
import Streams
import WorkerLink

/// The gateway as the hand-over of sessions between servers uses it.
extension Gateway: HandoverGateway {
  var time: any LoopTime { loop }
  var bucket: SessionBucket? { context.bucket }
  var keepers: (any SessionKeepers)? { workers.keepers }
  var handovers: HandoverTable { sessions.handovers }
  var gatewayID: UInt64 { shared.gatewayID }
  var directoryName: String { "\(context.settings.workers.broker?.machine ?? "").\(shared.gatewayID)" }

  func hasSession(_ name: String) -> Bool { shared.sessions[name] != nil }
  func session(number: UInt64) -> Session? { sessions[number] }
  func newcomer(of resume: RoutedResume) -> Session? { sessions.connected[resume.newcomer] }

  func took(_ session: Session, for resume: RoutedResume) {
    shared.sessions.set(
      session.name.text, to: .init(loop: context.index, stream: session.id, client: session.client))
    keep(session, until: loop.now + StreamLimits.detachedTime)
    account(session)
    attach(session, as: resume)
    // Its connection is there: the client hears of words that are missing.
    perform(session.stream.arrived(), for: session)
    if let slot = session.stream.placement.slot { recover(slot) }
  }

  func giveUpOld(_ name: String, _ key: SessionKey) {
    guard let entry = shared.sessions[name] else { return }
    on(entry.loop) { gateway in if let session = gateway.handovers.sessions[key] { gateway.fence(session) } }
  }

  func gaveUp(_ session: Session) {
    if let waiting = sessions.stopMigrating(session) { on(waiting.loop) { $0.dismiss(waiting) } }
    perform(session.stream.close(.goingAway), for: session)
    // The connection may take a while to end: by then the session may have come back, with its number.
    _ = session.detach()
    end(session)
  }
}
