internal import IO

/// The connections of one server or client that have something to write at the end of the round.
///
/// Those whose messages may all wait are held back, for their next message or for a moment: then what would have been
/// two packets, each with its system call and its wake-up of the peer, is one.
final class FlushList: RoundEndWriter {
  unowned let loop: EventLoop
  let pool = FramePool()
  @exclusivity(unchecked) private var waiting: ContiguousArray<WebSocketPeer> = []
  private var flushing: ContiguousArray<WebSocketPeer> = []
  /// Held since the last tick, and since the one before. Some are there no more: `heldCount` are.
  @exclusivity(unchecked) private var held: ContiguousArray<WebSocketPeer> = []
  private var heldLonger: ContiguousArray<WebSocketPeer> = []
  @exclusivity(unchecked) private var heldCount = 0
  private var ticker: LoopTicker?
  private var isTickDue = false
  /// Only a client masks what it sends.
  private var masks: MaskSource?

  /// Who is held is written at the second tick: so after one to two of them, and in no busy loop before its next round
  /// is over.
  private static let tick = Duration.milliseconds(1)

  init(loop: EventLoop, masking: Bool) {
    self.loop = loop
    masks = masking ? MaskSource() : nil
    ticker = LoopTicker(every: Self.tick, on: loop) { [unowned self] in self.isTickDue = true }
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
    for peer in flushing {
      if peer.mayWait { hold(peer) } else { peer.flush() }
    }
    flushing.removeAll(keepingCapacity: true)
  }

  private func hold(_ peer: WebSocketPeer) {
    peer.hold()
    held.append(peer)
    if heldCount == 0 { ticker?.start() }
    heldCount += 1
  }

  /// A connection that was held is written, or has gone.
  func unhold() {
    heldCount -= 1
    guard heldCount == 0 else { return }
    ticker?.stop()
    held.removeAll(keepingCapacity: true)
    heldLonger.removeAll(keepingCapacity: true)
  }

  /// The loop forgets it, or goes itself.
  func stop() { ticker?.stop() }

  /// At the end of a round: who has been held for long enough is written.
  func releaseHeld() {
    guard isTickDue else { return }
    isTickDue = false
    let released = heldLonger
    heldLonger = held
    held = []
    for peer in released where peer.isHeld { peer.flush() }
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
