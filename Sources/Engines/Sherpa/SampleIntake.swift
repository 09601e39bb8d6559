internal import Audio
internal import Resampling

/// Converts a stream's bytes to samples of one channel at the engine's rate.
struct SampleIntake: ~Copyable {
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
      preconditionFailure("libsoxr converts between all supported rates: \(error.reason)")
    }
  }

  /// Appends the samples in `bytes`, which are whole sample frames.
  mutating func append(_ bytes: UnsafeRawBufferPointer, to buffer: inout SampleBuffer) {
    interleaved.removeAll(keepingCapacity: true)
    SampleDecoder.append(bytes, encoding: format.encoding, to: &interleaved)
    mix()
    mono.withUnsafeBufferPointer { samples in
      guard resampler != nil else { return buffer.append(samples) }
      resampler!.process(samples) { buffer.append($0) }
    }
  }

  /// Appends what the resampler still holds. To go on, make a new intake.
  mutating func finish(_ buffer: inout SampleBuffer) {
    guard resampler != nil else { return }
    resampler!.finish { buffer.append($0) }
  }

  /// The mean of the channels.
  private mutating func mix() {
    guard format.channels > 1 else {
      swap(&mono, &interleaved)
      return
    }
    mono.removeAll(keepingCapacity: true)
    mono.append(contentsOf: repeatElement(0, count: interleaved.count / format.channels))
    let mixer = ChannelMixer(input: format.channels, output: 1)
    interleaved.withUnsafeBufferPointer { samples in
      _ = mono.withUnsafeMutableBufferPointer { mixer.mix(samples, into: $0) }
    }
  }
}
