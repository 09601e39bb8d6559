/// How many bytes a connection still owes its peer, and what to do about it. It counts; the bytes lie elsewhere.
///
/// Bytes are `queued` by the owner, then given to the library in one piece of whole frames. What the kernel does not
/// take at once the library holds, and until it says it is writable again the connection is blocked: nothing more is
/// given to it, so a control frame of the library's own can only fall between two of our pieces, never into one.
struct Outbox: Equatable {
  /// Below this a connection that had been above counts as drained.
  static let lowWaterBytes = 64 << 10

  private(set) var queuedBytes = 0
  /// Given to the library and not all of it taken by the kernel: how much of it is left is not known, so all of it
  /// counts.
  private(set) var heldBytes = 0
  /// No more may be queued; when everything is out, the closing handshake begins.
  private(set) var isClosing = false
  private var wasAboveLowWater = false

  var isBlocked: Bool { heldBytes > 0 }
  var unsentBytes: Int { queuedBytes + heldBytes }

  mutating func queue(_ bytes: Int) {
    queuedBytes += bytes
    if unsentBytes > Self.lowWaterBytes { wasAboveLowWater = true }
  }

  mutating func closeWhenDrained() {
    isClosing = true
  }

  enum Step: Equatable {
    /// Nothing to do, or nothing that can be done before the peer reads.
    case rest
    /// Give everything queued to the library.
    case write
    /// Everything is out: begin the closing handshake.
    case close
  }

  /// What to do at the end of a round, or when the connection can be written again.
  var next: Step {
    if isBlocked { return .rest }
    if queuedBytes > 0 { return .write }
    return isClosing ? .close : .rest
  }

  /// Everything queued was given to the library; `blocked`: the kernel did not take all of it.
  /// - Returns: whether the owner is to be told that the outbox has drained.
  mutating func wrote(blocked: Bool) -> Bool {
    heldBytes = blocked ? queuedBytes : 0
    queuedBytes = 0
    return drained()
  }

  /// The library has nothing of ours left.
  /// - Returns: whether the owner is to be told that the outbox has drained.
  mutating func becameWritable() -> Bool {
    heldBytes = 0
    return drained()
  }

  private mutating func drained() -> Bool {
    guard wasAboveLowWater, unsentBytes < Self.lowWaterBytes else { return false }
    wasAboveLowWater = false
    return true
  }
}
