internal import Recognition

/// A checkpoint's second byte in a frame: bit 0, there is one; bit 1, an utterance is open there.
extension Checkpoint? {
  var flags: UInt8 { map { $0.isOpen ? 3 : 1 } ?? 0 }
}

extension Checkpoint {
  /// Nil when the flags say that there is none.
  init?(frame: UInt64, segments: UInt32, flags: UInt8) {
    guard flags & 1 != 0 else { return nil }
    self.init(frame: frame, segments: Int(segments), isOpen: flags & 2 != 0)
  }
}
