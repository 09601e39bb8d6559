internal import Recognition

extension RecognitionProgress {
  /// In the frame's prefix. Bit 0: there is a checkpoint; bit 1: an utterance continues there.
  var flags: UInt8 { checkpoint.map { $0.isOpen ? 3 : 1 } ?? 0 }

  init(_ frame: Frame, at offset: Int) throws(WorkerLinkError) {
    self.init(skippedPartials: Int(frame.u32(at: offset + 12)))
    guard frame.small.0 & 1 != 0 else { return }
    checkpoint = Checkpoint(
      frame: UInt64(try frame.count(at: offset)), segments: Int(frame.u32(at: offset + 8)),
      isOpen: frame.small.0 & 2 != 0)
  }
}
