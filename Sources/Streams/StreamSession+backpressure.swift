/// A client that is not read for a while, and why.
extension StreamSession {
  /// After a message without audio: pauses a client that is ahead by as much as it may be.
  public mutating func limit(unreadBytes: Int, budget: MemoryBudget) -> StreamActions {
    var actions = StreamActions()
    if !account.hasEnded { pauseIfAhead(unreadBytes, budget, into: &actions) }
    return actions
  }

  mutating func pauseIfAhead(_ unreadBytes: Int, _ budget: MemoryBudget, into actions: inout StreamActions) {
    if account.isFull { actions += pause(for: .inFlight) }
    if unreadBytes > StreamLimits.unreadBytes { actions += pause(for: .unread) }
    if budget.isShort, budget.throttles(unansweredBytes: unansweredBytes), !backpressure.contains(.memory) {
      actions += pause(for: .memory) + [.awaitMemory]
    }
  }

  /// The queue of the worker that was just sent a chunk is full.
  public mutating func workerQueueIsFull() -> StreamActions {
    guard let slot = placement.activeSlot, !backpressure.contains(.workerQueue) else { return [] }
    return pause(for: .workerQueue) + [.awaitWorkerQueue(slot: slot)]
  }

  public mutating func pause(for reason: Backpressure.Reason) -> StreamActions {
    guard backpressure.pause(for: reason) else { return [] }
    pace.holdBack()
    return [.pauseReading]
  }

  public mutating func resume(from reason: Backpressure.Reason) -> StreamActions {
    backpressure.resume(from: reason) ? [.continueReading] : []
  }

  mutating func continueIfRoom() -> StreamActions {
    guard backpressure.contains(.inFlight), account.hasRoom else { return [] }
    return resume(from: .inFlight)
  }
}
