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

  @Test func `picked channels are passed on and the others left out`() {
    let samples: [Float] = [1, 2, 3, 4, 5, 6]
    var mixed = [Float](repeating: 9, count: 4)
    samples.withUnsafeBufferPointer { source in
      mixed.withUnsafeMutableBufferPointer { _ = ChannelMixer(input: 3, picking: [2, 0]).mix(source, into: $0) }
    }
    #expect(mixed == [3, 1, 6, 4])
  }
}

struct ChannelSurveyTests {
  /// Two seconds of a tone with these gains, then what is known.
  private func levels(_ gains: [Float], seconds: Int = 2) -> ChannelLevels? {
    var survey = ChannelSurvey(channels: gains.count, rate: 1000)
    for block in 0..<(10 * seconds) {
      let samples = (0..<100).flatMap { frame in
        gains.map { $0 * ((block * 100 + frame) % 4 < 2 ? 0.5 : -0.5) }
      }
      samples.withUnsafeBufferPointer { survey.take($0) }
    }
    return survey.levels
  }

  @Test func `the level of each channel is known after two seconds`() throws {
    #expect(levels([1, 0.5], seconds: 1) == nil)
    let two = try #require(levels([1, 0.5]))
    #expect(two == ChannelLevels(rms: [0.5, 0.25]))
    #expect(two.silent == [])
  }

  @Test func `silent channels beside a loud one are found`() throws {
    #expect(try #require(levels([1, 0, 0.004, 0.02, 0, 0])).silent == [1, 2, 4, 5])
    #expect(try #require(levels([1, 1])).silent == [])
  }

  @Test(arguments: [([1, -1], 0, 1), ([0.5, 1, -0.9], 1, 2), ([1, 1, 0, 0, -1, 0], 0, 4)] as [([Float], Int, Int)])
  func `channels that cancel each other are found`(_ gains: [Float], _ left: Int, _ right: Int) {
    #expect(levels(gains)?.canceling == .init(left: left, right: right))
  }

  @Test(arguments: [[1, 1], [1, -0.3], [1, 0]] as [[Float]])
  func `others cancel nothing`(_ gains: [Float]) throws { #expect(try #require(levels(gains)).canceling == nil) }

  @Test func `as long as there is no sound nothing is said of the channels`() {
    #expect(levels([0.001, 0]) == nil)
    #expect(levels([0, 0, 0]) == nil)
  }
}
