/// Takes the channels of a stream apart, however it is cut.
public struct ChannelSplitter: Sendable {
  private var layout: StreamLayout

  /// - Parameter format: of the samples; a RIFF header at the beginning says more.
  public init(_ format: AudioFormat) { layout = StreamLayout(format: format) }

  /// Of each channel.
  public var format: AudioFormat {
    AudioFormat(sampleRate: layout.format.sampleRate, channels: 1, encoding: layout.format.encoding)
  }

  public var channels: Int { layout.format.channels }

  /// The samples that have come of each channel: as many of every one, none while there is no whole frame.
  public mutating func take(_ chunk: UnsafeRawBufferPointer) throws(WaveHeaderError) -> [[UInt8]] {
    let placement = try layout.take(chunk)
    let frames = placement.carried.withBytes { Array($0) } + chunk[placement.samples]
    let sampleBytes = layout.format.encoding.sampleBytes
    let frameBytes = layout.format.frameBytes
    return (0..<channels).map { channel in
      [UInt8](unsafeUninitializedCapacity: placement.frames * sampleBytes) { samples, count in
        for start in stride(from: channel * sampleBytes, to: placement.frames * frameBytes, by: frameBytes) {
          for byte in start..<start + sampleBytes {
            samples.initializeElement(at: count, to: frames[byte])
            count += 1
          }
        }
      }
    }
  }
}
