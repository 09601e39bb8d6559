internal import Glibc
internal import Support

/// Audio without speech, the same each time.
extension Sound {
  static func silence(seconds: Double) -> Sound { Sound(samples: [Float](repeating: 0, count: Int(seconds * 16_000))) }

  /// White noise; `amplitude` is the largest sample.
  static func noise(seconds: Double, amplitude: Float) -> Sound {
    var random = Xorshift()
    return Sound(samples: (0..<Int(seconds * 16_000)).map { _ in amplitude * random.next() })
  }

  /// Chords of plucked strings with their overtones, a bass and a beat, 100 to the minute.
  static func music(seconds: Double) -> Sound {
    var random = Xorshift()
    var samples = [Float](repeating: 0, count: Int(seconds * 16_000))
    let roots = [220.0, 174.61, 261.63, 196.0]
    let beat = 9600
    for (number, start) in stride(from: 0, to: samples.count, by: beat).enumerated() {
      let root = roots[number / 4 % roots.count]
      let melody = root * 2 * [1, 1.26, 1.5, 1.68, 2][Int(abs(random.next()) * 4.99)]
      for (hertz, loud) in [(root, 0.10), (root * 1.26, 0.08), (root * 1.5, 0.08), (root / 2, 0.15), (melody, 0.12)] {
        pluck(hertz, loud, &samples, from: start, count: beat * 2)
      }
      for index in start..<min(start + 1200, samples.count) {
        samples[index] += 0.15 * random.next() * expf(-Float(index - start) / 250)
      }
    }
    return Sound(samples: samples)
  }

  /// A recording with this root mean square, in dBFS.
  static func speech(_ recording: SpeechRecording, level: Double) throws -> Sound {
    let samples = try recording.samples()
    let power = samples.reduce(0) { $0 + Double($1) * Double($1) } / Double(max(1, samples.count))
    let gain = Float(pow(10, level / 20) / power.squareRoot())
    return Sound(samples: samples.map { $0 * gain })
  }

  private static func pluck(_ hertz: Double, _ loud: Double, _ samples: inout [Float], from start: Int, count: Int) {
    for overtone in 1...5 where hertz * Double(overtone) < 7500 {
      let step = 2 * Double.pi * hertz * Double(overtone) / 16_000
      for index in start..<min(start + count, samples.count) {
        let time = Double(index - start)
        samples[index] += Float(loud / Double(overtone) * exp(-time * Double(overtone) / 8000) * sin(step * time))
      }
    }
  }

  /// All recordings, amplified until most samples clip, repeated, and their words.
  static func clippedSpeech(seconds: Double) throws -> (sound: Sound, said: [SpeechRecording.Word]) {
    let joined = try JoinedRecordings(pause: 0.8)
    let sound = Sound(samples: joined.samples.map { max(-1, min(1, $0 * 30)) })
    let rounds = max(1, Int(seconds / sound.seconds))
    let said = (0..<rounds).flatMap { round in
      let begin = Double(round) * sound.seconds
      return joined.words.map { SpeechRecording.Word(word: $0.word, start: begin + $0.start, end: begin + $0.end) }
    }
    return (sound.lasting(Double(rounds) * sound.seconds), said)
  }
}

/// Noise that is the same each time, −1…1.
private struct Xorshift {
  private var state: UInt64 = 4711

  mutating func next() -> Float {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Float(Int64(bitPattern: state) >> 32) * 0x1p-31
  }
}
