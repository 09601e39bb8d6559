/// The bytes held for all clients together: unanswered audio, audio that engines would need again, messages that have
/// not arrived as a whole, unread messages, messages kept for clients that return, and what TLS takes.
///
/// Some of it can be dropped: audio that was answered, and unfinished messages, of which nothing was acknowledged. Only
/// what cannot counts for the decisions about clients. From half the budget on, a client that holds more than its share
/// is not read until others have caught up; with all of it used, no new stream is admitted. What a client holds
/// unanswered shrinks by the workers alone, so no client waits forever.
public struct MemoryBudget: Equatable, Sendable {
  /// What one of many holds.
  public struct Share: Equatable, Sendable {
    public var bytes = 0
    /// As many of them could be dropped.
    public var droppableBytes = 0

    public init(bytes: Int = 0, droppableBytes: Int = 0) {
      (self.bytes, self.droppableBytes) = (bytes, droppableBytes)
    }

    public static func + (one: Share, other: Share) -> Share {
      Share(bytes: one.bytes + other.bytes, droppableBytes: one.droppableBytes + other.droppableBytes)
    }

    public static func - (one: Share, other: Share) -> Share {
      Share(bytes: one.bytes - other.bytes, droppableBytes: one.droppableBytes - other.droppableBytes)
    }
  }

  public let limitBytes: Int
  private var held = Share()
  /// Open connections, which share it.
  public var clients = 0
  /// `held` as the other loops know it.
  private var settled = Share()

  public init(limitBytes: Int) { self.limitBytes = limitBytes }

  public var heldBytes: Int { held.bytes }
  /// What cannot be dropped.
  private var neededBytes: Int { held.bytes - held.droppableBytes }

  /// One of those that hold something holds something else from now on.
  public mutating func change(from before: Share, to after: Share) { held = held + after - before }

  // MARK: With several loops

  /// What this loop holds more than the others know.
  public var unsettled: Share { held - settled }

  /// The other loops know; all together hold this much.
  public mutating func settle(total: Share) {
    held = total
    settled = total
  }

  // MARK: Decisions

  /// Whether something has to be dropped.
  public var isExceeded: Bool { held.bytes > limitBytes }

  /// How much: more than is over, so that it need not be done again with every chunk.
  public var excessBytes: Int { isExceeded ? held.bytes - limitBytes / 16 * 15 : 0 }

  /// As much of it is to come from unfinished messages, with all replay audio dropped. Those may have a quarter of the
  /// budget: they are whole once their clients are read again, so no client loses one for the audio of others.
  public var excessUnfinishedBytes: Int { min(excessBytes, max(0, held.droppableBytes - limitBytes / 4)) }

  /// Whether no new stream is to be admitted.
  public var isFull: Bool { neededBytes >= limitBytes }

  /// Whether clients are to be paused that hold more than their share.
  public var isShort: Bool { neededBytes >= limitBytes / 2 }

  /// Whether a client with this much unanswered is to be paused while it is short.
  public func throttles(unansweredBytes: Int) -> Bool { unansweredBytes > limitBytes / 2 / max(1, clients) }

  /// Whether a paused client may be read again: well below, so that it doesn't change with every chunk.
  public func releases(unansweredBytes: Int) -> Bool {
    neededBytes < limitBytes * 3 / 8 || unansweredBytes <= limitBytes / 4 / max(1, clients)
  }
}
