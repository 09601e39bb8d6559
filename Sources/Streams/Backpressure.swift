/// Why a client's socket is not read at the moment. It is read when no reason is left.
public struct Backpressure: Equatable, Sendable {
  public enum Reason: UInt8, CaseIterable, Sendable {
    /// As many chunks are unanswered as may be.
    case inFlight
    /// The client does not read its messages.
    case unread
    /// The worker's queue is full.
    case workerQueue
    /// The recognizer has so much audio to decode that more would only wait.
    case decoding
    /// Memory is short and the stream holds more than its share.
    case memory
    /// The client has sent more bytes than its rate allows.
    case rate
    /// The session is being moved here from another loop or server, or is being made known to all servers.
    case migration
  }

  private var reasons: UInt8 = 0

  public var isPaused: Bool { reasons != 0 }
  public func contains(_ reason: Reason) -> Bool { reasons & Self.bit(reason) != 0 }

  /// Adds a reason; true when reading has to stop now.
  mutating func pause(for reason: Reason) -> Bool {
    let wasPaused = isPaused
    reasons |= Self.bit(reason)
    return !wasPaused
  }

  /// Removes a reason; true when reading may continue now.
  mutating func resume(from reason: Reason) -> Bool {
    guard contains(reason) else { return false }
    reasons &= ~Self.bit(reason)
    return !isPaused
  }

  /// Removes those that end with a connection or a loop.
  mutating func removeAll(_ removed: [Reason]) { for reason in removed { reasons &= ~Self.bit(reason) } }

  private static func bit(_ reason: Reason) -> UInt8 { 1 << reason.rawValue }
}
