/// The connections of one server or client that have something to write at the end of the round.
final class FlushList {
  unowned let loop: EventLoop
  let pool = FramePool()
  private var waiting: ContiguousArray<WebSocketPeer> = []
  private var flushing: ContiguousArray<WebSocketPeer> = []
  /// Only a client masks what it sends.
  private var masks: MaskSource?

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
    for peer in flushing { peer.flush() }
    flushing.removeAll(keepingCapacity: true)
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
