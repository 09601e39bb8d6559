/// The bytes held for all clients together: sound not answered, sound that engines would need again, replies not read, and replies
/// kept for clients that come back.
///
/// At half the budget who holds more than their share is not read until others have caught up; with all of it used nobody new is
/// taken on. What a client holds unanswered becomes less by the workers alone, so nobody waits for ever.
struct MemoryBudget: Equatable {
  let limitBytes: Int
  private(set) var heldBytes = 0
  /// What `heldBytes` was when it was last known of all loops.
  private var settledBytes = 0

  init(limitBytes: Int) { self.limitBytes = limitBytes }

  mutating func change(by bytes: Int) { heldBytes += bytes }

  // MARK: With several loops

  /// What this loop holds more than the others know.
  var unsettledBytes: Int { heldBytes - settledBytes }

  /// That was told, and all loops together hold so many.
  mutating func settle(_ totalBytes: Int) {
    heldBytes = totalBytes
    settledBytes = totalBytes
  }

  // MARK: What follows

  /// Nobody new is to be taken on.
  var isFull: Bool { heldBytes >= limitBytes }

  /// Whether a client with so many unanswered bytes, one of `clients`, is to be slowed.
  func slows(unansweredBytes: Int, clients: Int) -> Bool {
    heldBytes >= limitBytes / 2 && unansweredBytes > limitBytes / 2 / max(1, clients)
  }

  /// Whether those slowed may be read again: well below, so that it doesn't change with every chunk.
  func releases(unansweredBytes: Int, clients: Int) -> Bool {
    heldBytes < limitBytes * 3 / 8 || unansweredBytes <= limitBytes / 4 / max(1, clients)
  }
}
