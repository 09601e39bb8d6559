import Testing

@testable import EngineSherpa

@Suite struct LoudnessTests {
  private func gain(_ amplitude: Float, peak: Float? = nil) -> Float {
    var samples = (0..<1600).map { $0 % 2 == 0 ? amplitude : -amplitude }
    if let peak { samples[0] = peak }
    return samples.withUnsafeBufferPointer(Loudness.gain)
  }

  @Test func `a quiet utterance is raised to the level of most recordings, a louder one stays`() {
    #expect(gain(0.1) == 1)
    #expect(gain(0.011) == 1)
    #expect(abs(gain(0.005) - 10) < 0.01)
    #expect(abs(gain(0.0005) - 100) < 0.1)
  }

  @Test func `an utterance ends amid a sound unless its last 80 ms are quieter than it is`() {
    func isCutOff(_ end: Float, seconds: Double = 0.08) -> Bool {
      var samples = (0..<16_000).map { Float($0 % 2 == 0 ? 0.1 : -0.1) }
      for index in samples.indices.suffix(Int(seconds * 16_000)) { samples[index] *= end }
      return samples.withUnsafeBufferPointer { Loudness.isCutOff($0, rate: 16_000) }
    }
    #expect(isCutOff(1.2) && isCutOff(1.5, seconds: 0.05))
    #expect(!isCutOff(0.9) && !isCutOff(0) && !isCutOff(0, seconds: 1))
  }

  @Test func `an utterance is never raised so much that it clips, nor silence at all`() {
    #expect(abs(gain(0.0005, peak: 0.19) - 5) < 0.01)
    #expect(gain(0) == 1)
    #expect(gain(1e-6) == 1000)
  }
}

@Suite struct DetectorGainTests {
  /// The gain of each of so many windows with this amplitude.
  private func gains(_ amplitudes: [Float], _ gain: inout DetectorGain) -> [Float] {
    amplitudes.map { amplitude in
      let window = [Float](repeating: amplitude, count: SherpaVoiceDetector.windowSamples)
      return window.withUnsafeBufferPointer { gain.raise($0)[0] / amplitude }
    }
  }

  @Test func `speech into a microphone stays as it is, also in its pauses`() {
    var gain = DetectorGain()
    let pause = [Float](repeating: 0.001, count: 15)
    #expect(gains([0.1, 0.05] + pause + [0.1], &gain).allSatisfy { $0 == 1 })
  }

  @Test func `quiet sound is raised step by step, by 30 dB at most, and loud sound ends that at once`() {
    var gain = DetectorGain()
    let quiet = gains([Float](repeating: 0.0001, count: 200), &gain)
    #expect(quiet[0] == 1)
    #expect(zip(quiet, quiet.dropFirst()).allSatisfy { $0 <= $1 && $1 < $0 * 1.1 })
    #expect(abs((quiet.last ?? 0) - 31.6) < 0.01)
    #expect(gains([0.1], &gain) == [1])
  }
}
