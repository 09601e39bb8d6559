import Testing

@testable import Audio

struct ChannelMixerTests {
  private func mix(_ samples: [Float], _ input: Int, _ output: Int) -> [Float] {
    var mixed = [Float](repeating: 9, count: samples.count / input * output)
    let frames = samples.withUnsafeBufferPointer { source in
      mixed.withUnsafeMutableBufferPointer { ChannelMixer(input: input, output: output).mix(source, into: $0) }
    }
    #expect(frames == samples.count / input)
    return mixed
  }

  @Test(arguments: [
    (1, 1, [0.25, -0.5], [0.25, -0.5]),
    (2, 1, [0.5, -0.25, 1, 1], [0.125, 1]),
    (1, 3, [0.5, -1], [0.5, 0.5, 0.5, -1, -1, -1]),
    (2, 2, [1, 2, 3, 4], [1, 2, 3, 4]),
    (4, 2, [1, 10, 3, 20], [2, 15]),
    (3, 2, [1, 10, 3], [2, 10]),
    (2, 4, [1, 2], [1, 2, 1, 2]),
    (8, 1, [1, 1, 1, 1, 0, 0, 0, 0], [0.5]),
  ])
  func `channels are averaged or repeated in turn`(_ input: Int, _ output: Int, _ samples: [Float], _ expected: [Float])
  {
    #expect(mix(samples, input, output) == expected)
  }
}
