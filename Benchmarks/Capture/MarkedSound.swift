internal import Support

/// A second of noise with the rhythm of speech and two clicks, which prove which audio is in which chunk.
///
/// One click is a millisecond after the start of a chunk of 20 ms, the other a millisecond before the end of one. If
/// the audio were shifted by more than that, or a frame were lost, a click would be in another chunk.
struct MarkedSound {
  let sampleRate: Int
  let channels: Int

  private static let clicks = [0.161, 0.679]
  private static let clickAmplitude = 0.9
  private static let noiseAmplitude = 0.2
  /// Higher than the noise, lower than a click after resampling.
  private static let threshold = 0.5

  /// Frames of S16_LE.
  var bytes: [UInt8] {
    // A linear congruential generator: the same noise each time.
    var state: UInt32 = 1
    // As long as a sample at 16 kHz, so that it survives resampling.
    let clickFrames = sampleRate / 16_000
    let starts = Self.clicks.map { Int(($0 * Double(sampleRate)).rounded()) }
    return (0..<sampleRate).flatMap { frame -> [UInt8] in
      state = state &* 1_664_525 &+ 1_013_904_223
      let noise = Double(Int32(bitPattern: state)) / 2_147_483_648
      // Five syllables a second.
      let place = Double(frame * 5 % sampleRate) / Double(sampleRate)
      let envelope = 1 - abs(2 * place - 1)
      let isClick = starts.contains { $0 <= frame && frame < $0 + clickFrames }
      let value = isClick ? Self.clickAmplitude : noise * envelope * envelope * Self.noiseAmplitude
      let sample = UInt16(bitPattern: Int16(value * 32_767))
      return (0..<channels).flatMap { _ in [UInt8(truncatingIfNeeded: sample), UInt8(sample >> 8)] }
    }
  }

  /// Whether each click is in its chunk and in no other.
  func check(_ replies: ChunkReplies) throws {
    let milliseconds = replies.chunkMilliseconds
    for (seq, peak) in replies.peaks {
      let begin = (seq - 1) * milliseconds % 1000
      let isMarked = Self.clicks.contains { begin <= Int($0 * 1000) && Int($0 * 1000) < begin + milliseconds }
      guard isMarked == (peak > Self.threshold) else {
        throw TestFailure("chunk \(seq) has the peak \(peak), and \(isMarked ? "a" : "no") click was to be in it")
      }
    }
  }
}
