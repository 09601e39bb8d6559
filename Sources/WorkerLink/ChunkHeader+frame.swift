internal import Recognition

extension ChunkHeader {
  init(_ frame: Frame) throws(WorkerLinkError) {
    stream = frame.u64(at: 0)
    seq = UInt64(try frame.count(at: 8))
    startFrame = frame.u64(at: 16)
    sampleRate = frame.u32(at: 24)
    chunkBytes = Int(frame.u32(at: 28))
    let flags = frame.u32(at: 44)
    checkpoint = Checkpoint(
      frame: UInt64(try frame.count(at: 32)), segments: Int(frame.u32(at: 40)), isOpen: flags & 2 != 0)
    isAnswered = flags & 1 != 0
    (encodingCode, channels, engineCode) = frame.small
  }
}
