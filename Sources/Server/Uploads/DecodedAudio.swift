import Audio

/// The output of a decoder as it comes, in chunks of a second: a WAVE header, then samples.
struct DecodedAudio {
  /// Once the header is read, or from the beginning if there is none.
  private(set) var format: AudioFormat?
  private var header = WaveHeaderReader(limitBytes: 4096)
  private var samples: [UInt8] = []
  private var taken = 0
  private(set) var hasEnded = false
  private(set) var seconds = 0.0

  /// - Parameter format: of samples without a header.
  init(_ format: AudioFormat? = nil) { self.format = format }

  mutating func append(_ bytes: UnsafeRawBufferPointer) throws(WaveHeaderError) {
    guard format == nil else { return samples.append(contentsOf: bytes) }
    samples.append(contentsOf: bytes)
    guard let header = try header.take(bytes) else { return }
    format = try header.format()
    taken = header.samplesOffset
  }

  /// Nothing follows: the rest is a chunk, too.
  mutating func end() { hasEnded = true }

  private var available: Int { samples.count - taken }

  /// The next chunk, whole frames of a second; the last one has what is left. Nil until there is one.
  mutating func next() -> ArraySlice<UInt8>? {
    guard let format else { return nil }
    let second = format.sampleRate * format.frameBytes
    let count = hasEnded ? min(second, available / format.frameBytes * format.frameBytes) : second
    guard count > 0, available >= count else { return nil }
    if taken > Self.keptBytes {
      samples.removeFirst(taken)
      taken = 0
    }
    defer { taken += count }
    seconds += format.seconds(frames: count / format.frameBytes)
    return samples[taken..<(taken + count)]
  }

  private static let keptBytes = 1 << 20
}
