internal import Recognition

extension RecognitionProgress {
  /// In the frame's prefix: flags (bit 0: there is a checkpoint; bit 1: an utterance continues there), then the backlog
  /// as a u16 in hundredths of a second, at most 655 s.
  var small: (UInt8, UInt8, UInt8) {
    let flags: UInt8 = checkpoint.map { $0.isOpen ? 3 : 1 } ?? 0
    let backlog = UInt16(min(max(0, (backlogSeconds * 100).rounded()), 65_535))
    return (flags, UInt8(truncatingIfNeeded: backlog), UInt8(truncatingIfNeeded: backlog >> 8))
  }

  /// Whether the frame tells of no progress: a result whose only update is a text can be read without it.
  static func isNone(in frame: Frame, at offset: Int) -> Bool {
    frame.small == (0, 0, 0) && frame.u32(at: offset + 12) == 0
  }

  init(_ frame: Frame, at offset: Int) throws(WorkerLinkError) {
    self.init(
      skippedPartials: Int(frame.u32(at: offset + 12)),
      backlogSeconds: Double(UInt16(frame.small.1) | UInt16(frame.small.2) << 8) / 100)
    guard frame.small.0 & 1 != 0 else { return }
    checkpoint = Checkpoint(
      frame: UInt64(try frame.count(at: offset)), segments: Int(frame.u32(at: offset + 8)),
      isOpen: frame.small.0 & 2 != 0)
  }
}
