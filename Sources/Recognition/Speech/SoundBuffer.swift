/// The samples of a stream that may still be needed, found by their position in the stream.
struct SoundBuffer {
  private var samples: [Float] = []
  /// Samples at the front of `samples` that are let go.
  private var dropped = 0
  /// The position of `samples[0]`.
  private var base = 0

  /// Where the stream's sound ends, for now.
  var end: Int { base + samples.count }

  mutating func append(_ more: UnsafeBufferPointer<Float>) { samples.append(contentsOf: more) }

  /// The sound from `range`, all of it after what was dropped.
  func withSamples<Result>(_ range: Range<Int>, _ body: (UnsafeBufferPointer<Float>) -> Result) -> Result {
    precondition(range.lowerBound >= base + dropped && range.upperBound <= end, "sound is asked for that is not here")
    return samples.withUnsafeBufferPointer {
      body(UnsafeBufferPointer(rebasing: $0[range.lowerBound - base..<range.upperBound - base]))
    }
  }

  /// Lets go of everything before `position`.
  mutating func drop(before position: Int) {
    dropped = max(dropped, min(position - base, samples.count))
    // Not each time: moving the rest to the front costs as much as there is left.
    guard dropped > samples.count / 2 else { return }
    samples.removeFirst(dropped)
    base += dropped
    dropped = 0
  }
}
