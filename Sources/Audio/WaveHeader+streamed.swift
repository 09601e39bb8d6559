extension WaveHeader {
  /// The header of a WAVE file of samples whose number is not known yet.
  public static func streamed(_ format: AudioFormat) -> [UInt8] {
    let coding = WaveCoding(format)
    var bytes = Array("RIFF".utf8)
    func add(_ value: Int, bytes count: Int) {
      for shift in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * shift))) }
    }
    let unknown = Int(UInt32.max)
    add(unknown, bytes: 4)
    bytes += Array("WAVEfmt ".utf8)
    add(WaveCoding.leastBytes, bytes: 4)
    add(coding.tag, bytes: 2)
    add(coding.channels, bytes: 2)
    add(coding.sampleRate, bytes: 4)
    add(coding.sampleRate * coding.blockBytes, bytes: 4)
    add(coding.blockBytes, bytes: 2)
    add(coding.bits, bytes: 2)
    bytes += Array("data".utf8)
    add(unknown, bytes: 4)
    return bytes
  }
}

extension WaveCoding {
  fileprivate init(_ format: AudioFormat) {
    let tag: Int =
      switch format.encoding {
      case .u8, .s16le, .s24le, .s32le, .s24in32le: Self.pcm
      case .f32le: Self.float
      case .mulaw: Self.mulaw
      case .alaw: Self.alaw
      }
    self.init(
      tag: tag, channels: format.channels, sampleRate: format.sampleRate, blockBytes: format.frameBytes,
      bits: format.encoding.sampleBytes * 8)
  }
}
