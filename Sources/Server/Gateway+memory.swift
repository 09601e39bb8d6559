import JSON
import Platform
import Streams
import Web

/// The memory budget: what counts, and what goes when it is exceeded.
extension Gateway {
  /// After anything that may have changed how much a session holds.
  func account(_ session: Session) {
    session.stream.hold(session.unreadBytes, in: &budget)
  }

  func server(_ server: WebServer, held before: ConnectionHolding, now after: ConnectionHolding) {
    budget.change(from: MemoryBudget.Share(before), to: MemoryBudget.Share(after))
  }

  /// At the end of a round with more held than the budget: first audio goes that was answered and is kept for the case
  /// that a worker dies, of the streams that have the most; then unfinished messages, of which nothing was
  /// acknowledged, if they have more than a quarter of the budget. No open stream is closed for the rest: clients are
  /// not read until the workers have caught up.
  func relieveMemory() {
    guard budget.isExceeded else { return }
    let before = budget.heldBytes
    let holders = sessions.all.filter { $0.stream.audio.replayBytes > 0 }
    for session in holders.sorted(by: { $0.stream.audio.replayBytes > $1.stream.audio.replayBytes }) {
      guard budget.excessBytes > 0 else { break }
      counters.overload.replayBytes += session.stream.audio.replayBytes
      perform(session.stream.dropReplay(), for: session)
      account(session)
    }
    let unfinished = budget.excessUnfinishedBytes
    if unfinished > 0 { counters.overload.messages += server?.dropUnfinished(bytes: unfinished) ?? 0 }
    guard budget.heldBytes < before else { return }
    log.write(
      .warning, "memory budget exceeded: dropped what is not needed yet",
      ["held_bytes": .number(before), "dropped_bytes": .number(before - budget.heldBytes)])
  }

  /// Reads the clients again for which there is memory.
  func releaseThrottled() {
    guard !sessions.throttled.isEmpty else { return }
    sessions.throttled.removeAll { session in
      guard budget.releases(unansweredBytes: session.stream.unansweredBytes) else { return false }
      perform(session.stream.resume(from: .memory), for: session)
      return true
    }
  }
}

extension MemoryBudget.Share {
  fileprivate init(_ holding: ConnectionHolding) {
    self.init(bytes: holding.bytes, droppableBytes: holding.unfinishedBytes)
  }
}
