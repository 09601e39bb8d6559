internal import Audio
internal import Resampling

/// A stream's bytes as samples of one channel at the engine's rate.
struct SoundIntake: ~Copyable {
  private let format: AudioFormat
  private var resampler: Resampler?
  private var interleaved: [Float] = []
  private var mono: [Float] = []

  init(_ format: AudioFormat, rate: Int) {
    self.format = format
    do {
      resampler =
        format.sampleRate == rate
        ? nil : try Resampler(from: format.sampleRate, to: rate, channels: 1, quality: .veryHigh)
    } catch {
      preconditionFailure("libsoxr converts between all rates that are let in: \(error.reason)")
    }
  }

  /// Appends the sound in `bytes`, whole frames.
  mutating func append(_ bytes: UnsafeRawBufferPointer, to sound: inout SoundBuffer) {
    interleaved.removeAll(keepingCapacity: true)
    SampleDecoder.append(bytes, encoding: format.encoding, to: &interleaved)
    mix()
    mono.withUnsafeBufferPointer { samples in
      guard resampler != nil else { return sound.append(samples) }
      resampler!.process(samples) { sound.append($0) }
    }
  }

  /// Appends what is still inside. Whoever goes on needs a new intake.
  mutating func finish(_ sound: inout SoundBuffer) {
    guard resampler != nil else { return }
    resampler!.finish { sound.append($0) }
  }

  /// The mean of the channels.
  private mutating func mix() {
    guard format.channels > 1 else {
      swap(&mono, &interleaved)
      return
    }
    let channels = format.channels
    mono.removeAll(keepingCapacity: true)
    for frame in stride(from: 0, to: interleaved.count, by: channels) {
      var sum: Float = 0
      for channel in 0..<channels { sum += interleaved[frame + channel] }
      mono.append(sum / Float(channels))
    }
  }
}
