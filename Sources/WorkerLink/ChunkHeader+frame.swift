internal import Wire

extension ChunkHeader {
  init(_ frame: Frame) {
    stream = frame.u64(at: 0)
    seq = frame.u64(at: 8)
    startFrame = frame.u64(at: 16)
    sampleRate = frame.u32(at: 24)
    chunkBytes = Int(frame.u32(at: 28))
    let flags = frame.u32(at: 44)
    checkpoint = Checkpoint(frame: frame.u64(at: 32), segments: Int(frame.u32(at: 40)), isOpen: flags & 2 != 0)
    isAnswered = flags & 1 != 0
    (encodingCode, channels, engineCode) = frame.small
  }
}
