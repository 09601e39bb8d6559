import Broker
import WorkerLink

/// Copies of sessions, at workers and from other servers.
extension DistantWorkers: SessionKeepers {
  var keepers: (any SessionKeepers)? { self }

  func keeper(in slot: Int) -> String? {
    guard slot <= Fleet.mostWorkers, fleet.isReady(slot), let link = links[slot],
      link.version >= LinkVersion.withMirrors
    else { return nil }
    return fleet.name(slot)
  }

  var hasHeardAll: Bool { fleet.hasHeardAll }

  var keeperSlots: [Int] { fleet.slots.filter { keeper(in: $0) != nil } }

  func keep(_ state: SessionState, isFull: Bool, _ bytes: UnsafeRawBufferPointer, in slot: Int) {
    if keeper(in: slot) != nil { send(to: slot) { $0.state(state, isFull: isFull, bytes) } }
  }

  func take(_ key: SessionKey, epoch: UInt64, from slot: Int) { send(to: slot) { $0.take(key, epoch: epoch) } }

  func forget(_ key: SessionKey, epoch: UInt64, in slot: Int) {
    if keeper(in: slot) != nil { send(to: slot) { $0.forget(key, epoch: epoch) } }
  }

  // MARK: Servers

  func ask(for key: SessionKey, epoch: UInt64) {
    broker.publish(LinkSubject.copyRequest, CopyQuestion(key: key, epoch: epoch, server: name).bytes)
  }

  func give(_ copy: CopyMessage, to server: String) {
    broker.publish(LinkSubject.copy(to: server, from: name), copy.bytes)
  }

  func asked(_ message: BrokerMessage) {
    guard let owner = owner as? any SessionKeepersOwner, let question = CopyQuestion(message.payload) else { return }
    owner.keepers(asked: question)
  }

  func given(_ message: BrokerMessage) {
    guard let owner = owner as? any SessionKeepersOwner, let copy = CopyMessage(message.payload),
      let server = LinkSubject.process(in: message.subject)
    else { return }
    owner.keepers(gave: copy, by: server)
  }
}
