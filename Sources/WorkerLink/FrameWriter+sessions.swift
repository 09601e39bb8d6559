// Sessions that survive their gateway.
extension FrameWriter {
  /// The state that a worker is to keep of a session, cut into as many frames as needed.
  /// - Parameter isFull: all of it, in the place of anything before.
  public func state(_ state: SessionState, isFull: Bool, _ bytes: UnsafeRawBufferPointer) {
    StatePiece.cut(bytes, isFirst: isFull) { self.state(state, $0, $1) }
  }

  func state(_ state: SessionState, _ flags: UInt8, _ piece: UnsafeRawBufferPointer) {
    frame(.state, payloadBytes: piece.count, small: (flags, 0, 0)) { frame in
      frame.put(state.key)
      frame.put(state.stream)
      frame.put(state.epoch)
      for count in [state.received, state.answered, state.firstKept] { frame.put(UInt64(count)) }
      frame.put(piece)
    }
  }

  public func take(_ key: SessionKey, epoch: UInt64) { session(.take, key, epoch) }
  public func forget(_ key: SessionKey, epoch: UInt64) { session(.forget, key, epoch) }

  private func session(_ kind: FrameKind, _ key: SessionKey, _ epoch: UInt64) {
    frame(kind) { frame in
      frame.put(key)
      frame.put(epoch)
    }
  }

  public func image(_ key: SessionKey, epoch: UInt64, _ bytes: UnsafeRawBufferPointer) {
    StatePiece.cut(bytes, isFirst: true) { image(key, epoch: epoch, $0, $1) }
  }

  func image(_ key: SessionKey, epoch: UInt64, _ flags: UInt8, _ piece: UnsafeRawBufferPointer) {
    frame(.image, payloadBytes: piece.count, small: (flags, 0, 0)) { frame in
      frame.put(key)
      frame.put(epoch)
      frame.put(piece)
    }
  }

  public func untaken(_ key: SessionKey, isFenced: Bool) {
    frame(.untaken, small: (isFenced ? 1 : 0, 0, 0)) { $0.put(key) }
  }

  public func fenced(_ key: SessionKey) { frame(.fenced) { $0.put(key) } }
}

extension WorkerReply {
  /// The chunk that the reply in this frame answers; 0 for none.
  public static func answeredChunk(in frame: UnsafeRawBufferPointer) -> Int {
    guard let frame = try? Frame(prefixOf: frame) else { return 0 }
    switch frame.kind {
    case .result: return (try? frame.count(at: 16)) ?? 0
    case .failed where frame.small.0 == RequestKind.chunk.rawValue: return (try? frame.count(at: 16)) ?? 0
    default: return 0
    }
  }
}

extension OpenFrame {
  mutating func put(_ key: SessionKey) { key.bytes.withUnsafeBytes { put($0) } }
}
