/// Turns interleaved frames of one channel count into another.
///
/// One rule: with fewer channels out, each is the average of every `output`-th channel in (to mono: of all; four to
/// two: 1 and 3 left, 2 and 4 right); with more channels out, the ones in are repeated in turn (mono: in all of them).
/// An average never clips; a voice in one of two channels becomes 6 dB quieter. Or channels are picked, and the others
/// are left out.
public struct ChannelMixer: Equatable, Sendable {
  public let input: Int
  public let output: Int
  /// The channel in of each channel out; nil: the rule above.
  private let picked: [Int]?

  public init(input: Int, output: Int) {
    precondition(input > 0 && output > 0, "there is at least one channel")
    self.input = input
    self.output = output
    picked = nil
  }

  /// - Parameter picked: channels in, from 0, one for each channel out.
  public init(input: Int, picking picked: [Int]) {
    precondition(!picked.isEmpty && picked.allSatisfy { (0..<input).contains($0) }, "a picked channel is there")
    self.input = input
    output = picked.count
    self.picked = picked
  }

  /// Mixes whole frames into the beginning of `mixed`, which must hold them; answers how many frames.
  @discardableResult
  public func mix(_ samples: UnsafeBufferPointer<Float>, into mixed: UnsafeMutableBufferPointer<Float>) -> Int {
    let frames = samples.count / input
    precondition(mixed.count >= frames * output, "the buffer must hold every frame")
    for frame in 0..<frames {
      for channel in 0..<output {
        mixed[frame * output + channel] =
          if let picked {
            samples[frame * input + picked[channel]]
          } else if output < input {
            average(samples, from: frame * input + channel, to: (frame + 1) * input)
          } else {
            samples[frame * input + channel % input]
          }
      }
    }
    return frames
  }

  private func average(_ samples: UnsafeBufferPointer<Float>, from first: Int, to end: Int) -> Float {
    var sum: Float = 0
    var count: Float = 0
    var index = first
    while index < end {
      sum += samples[index]
      count += 1
      index += output
    }
    return sum / count
  }
}
