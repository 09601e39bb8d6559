extension ChunkHeader {
  init(_ frame: Frame) {
    stream = frame.u64(at: 0)
    seq = frame.u64(at: 8)
    startFrame = frame.u64(at: 16)
    sampleRate = frame.u32(at: 24)
    chunkBytes = Int(frame.u32(at: 28))
    (encodingCode, channels, engineCode) = frame.small
  }
}
