/// The connections of one server or client that have something to write at the end of the round.
///
/// In a round with many of them, those whose messages may all wait are held back, for their next message or a millisecond: then
/// what would have been two packets, and two system calls, is one.
final class FlushList {
  unowned let loop: EventLoop
  let pool = FramePool()
  private var waiting: ContiguousArray<WebSocketPeer> = []
  private var flushing: ContiguousArray<WebSocketPeer> = []
  private var held: ContiguousArray<WebSocketPeer> = []
  private var heldSince: Duration?
  private var holdTimer: LoopTimer?
  /// Only a client masks what it sends.
  private var masks: MaskSource?

  /// With fewer connections in a round there is time for a write each.
  private static let crowd = 8
  private static let holdLimit = Duration.milliseconds(1)

  init(loop: EventLoop, masking: Bool) {
    self.loop = loop
    masks = masking ? MaskSource() : nil
  }

  var hasWork: Bool { !waiting.isEmpty }

  func add(_ peer: WebSocketPeer) {
    waiting.append(peer)
  }

  @inline(__always)
  func nextMask() -> UInt32? {
    masks == nil ? nil : masks?.next()
  }

  func flush() {
    swap(&waiting, &flushing)
    let isCrowded = flushing.count >= Self.crowd
    for peer in flushing {
      if isCrowded && peer.mayWait { hold(peer) } else { peer.flush() }
    }
    flushing.removeAll(keepingCapacity: true)
  }

  private func hold(_ peer: WebSocketPeer) {
    peer.hold()
    held.append(peer)
    guard heldSince == nil else { return }
    heldSince = loop.now
    holdTimer = loop.after(Self.holdLimit) { [unowned self] in self.holdTimer = nil }
  }

  /// Who has been held long enough is written now.
  func releaseHeld() {
    guard let heldSince, loop.now - heldSince >= Self.holdLimit else { return }
    self.heldSince = nil
    holdTimer?.cancel()
    holdTimer = nil
    for peer in held where peer.isHeld { peer.flush() }
    held.removeAll(keepingCapacity: true)
  }
}

/// Unpredictable masks, as RFC 6455 5.3 wants them, without asking the kernel for each.
private struct MaskSource {
  private var words: [UInt32] = []

  mutating func next() -> UInt32 {
    if words.isEmpty {
      var source = SystemRandomNumberGenerator()
      for _ in 0..<128 {
        let word = source.next()
        words.append(UInt32(truncatingIfNeeded: word))
        words.append(UInt32(truncatingIfNeeded: word >> 32))
      }
    }
    return words.removeLast()
  }
}
