extension ChunkHeader {
  init(_ frame: Frame) {
    stream = frame.u64(at: 0)
    seq = frame.u64(at: 8)
    startFrame = frame.u64(at: 16)
    segmentsBefore = Int(truncatingIfNeeded: frame.u64(at: 24))
    sampleRate = frame.u32(at: 32)
    chunkBytes = Int(frame.u32(at: 36))
    (encodingCode, channels, engineCode) = frame.small
  }
}
