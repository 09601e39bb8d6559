/// The bytes held for all streams together: unanswered audio, audio that engines would need again, unread messages, and
/// messages kept for clients that return.
///
/// From half the budget on, a client that holds more than its share is not read until others have caught up; with all
/// of it used, no new stream is admitted. What a client holds unanswered shrinks by the workers alone, so no client
/// waits forever.
public struct MemoryBudget: Equatable, Sendable {
  public let limitBytes: Int
  public internal(set) var heldBytes = 0
  /// Open connections, which share it.
  public var clients = 0
  /// `heldBytes` as the other loops know it.
  private var settledBytes = 0

  public init(limitBytes: Int) { self.limitBytes = limitBytes }

  // MARK: With several loops

  /// What this loop holds more than the others know.
  public var unsettledBytes: Int { heldBytes - settledBytes }

  /// The other loops know; all together hold this much.
  public mutating func settle(totalBytes: Int) {
    heldBytes = totalBytes
    settledBytes = totalBytes
  }

  // MARK: Decisions

  /// Whether no new stream is to be admitted.
  public var isFull: Bool { heldBytes >= limitBytes }

  /// Whether clients are to be paused that hold more than their share.
  public var isShort: Bool { heldBytes >= limitBytes / 2 }

  /// Whether a client with this much unanswered is to be paused while it is short.
  public func throttles(unansweredBytes: Int) -> Bool { unansweredBytes > limitBytes / 2 / max(1, clients) }

  /// Whether a paused client may be read again: well below, so that it doesn't change with every chunk.
  public func releases(unansweredBytes: Int) -> Bool {
    heldBytes < limitBytes * 3 / 8 || unansweredBytes <= limitBytes / 4 / max(1, clients)
  }
}
