import Recognition
import WorkerLink

@testable import Server
@testable import Streams

/// Reports of workers, as in `Gateway`; the recovery of streams is its own.
extension SimulatedGateway: RecoveryGateway {
  func workers(replied reply: WorkerReply, from slot: Int) {
    switch reply {
    case .image, .untaken, .fenced:
      clock.note("worker \(distant.fleet.name(slot) ?? "") says \(reply) to \(machine)")
      return handover(replied: reply, from: slot)
    case .hello, .result, .text, .updates, .finished, .failed, .behind, .decoded: break
    }
    guard let stream = reply.stream else { return }
    let answered = reply.answeredChunk
    if let session = sessions.find(stream, in: slot) {
      session.copies.mirror?.count()
      perform(reply.deliver(to: &session.stream), for: session)
    }
    if let seq = answered, slots[slot].recovery.answered(stream, seq: seq) { recover(slot) }
  }

  func account(_ session: Session) {}
  func advanceShutdown() {}
  func forgetEngines(of slot: Int) {}
  func workersAreReady() {}
  func workers(cannotStart reason: String, status: Int32) { clock.fail("workers cannot start: \(reason)") }
}
