/// The samples of a stream that may still be needed, addressed by their position in the stream.
struct SampleBuffer {
  private var samples: [Float] = []
  /// Samples at the front of `samples` that are no longer needed.
  private var dropped = 0
  /// The position of `samples[0]`.
  private var base = 0

  /// The position after the last sample.
  var end: Int { base + samples.count }

  mutating func append(_ more: UnsafeBufferPointer<Float>) { samples.append(contentsOf: more) }

  /// The samples in `range`, none of which may have been dropped.
  func withSamples<Result>(_ range: Range<Int>, _ body: (UnsafeBufferPointer<Float>) -> Result) -> Result {
    precondition(
      range.lowerBound >= base + dropped && range.upperBound <= end,
      "Samples were requested that are not in the buffer.")
    return samples.withUnsafeBufferPointer {
      body(UnsafeBufferPointer(rebasing: $0[range.lowerBound - base..<range.upperBound - base]))
    }
  }

  /// Drops everything before `position`.
  mutating func drop(before position: Int) {
    dropped = max(dropped, min(position - base, samples.count))
    // Not every time: moving the rest to the front costs as much as there is left.
    guard dropped > samples.count / 2 else { return }
    samples.removeFirst(dropped)
    base += dropped
    dropped = 0
  }
}
