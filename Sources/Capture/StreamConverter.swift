internal import Audio
internal import Resampling

/// Turns a stream of float frames into the bytes of another format: channels, rate, encoding.
///
/// Channels are reduced before resampling and added after it, because the resampler is the expensive step.
struct StreamConverter: ~Copyable {
  /// Frames processed at once; the size of the buffers.
  static let blockFrames = Resampler.blockFrames

  /// The stage after the resampler. Its buffers belong to the converter.
  private struct Output {
    let mixer: ChannelMixer
    let encoding: SampleEncoding
    let mixed: UnsafeMutableBufferPointer<Float>
    let bytes: UnsafeMutableRawBufferPointer

    func write(_ samples: UnsafeBufferPointer<Float>, emit: (UnsafeRawBufferPointer) -> Void) {
      let count = mixer.mix(samples, into: mixed) * mixer.output
      let written = SampleWriter.write(UnsafeBufferPointer(rebasing: mixed[..<count]), as: encoding, into: bytes)
      emit(UnsafeRawBufferPointer(rebasing: bytes[..<written]))
    }
  }

  private let input: ChannelMixer
  private let mixed: UnsafeMutableBufferPointer<Float>
  private var resampler: Resampler?
  private let output: Output

  /// - Parameter picked: the channels to deliver, from 0; nil: all of them, mixed.
  init(
    fromRate rate: Int, channels: Int, picking picked: [Int]? = nil, to format: AudioFormat
  ) throws(CaptureError) {
    let fewest = picked?.count ?? min(channels, format.channels)
    do {
      resampler =
        rate == format.sampleRate ? nil : try Resampler(from: rate, to: format.sampleRate, channels: fewest)
    } catch {
      throw .noConversion(CallFailure(call: "soxr_create", code: 0, reason: error.reason))
    }
    input =
      picked.map { ChannelMixer(input: channels, picking: $0) } ?? ChannelMixer(input: channels, output: fewest)
    mixed = .allocate(capacity: Self.blockFrames * fewest)
    output = Output(
      mixer: ChannelMixer(input: fewest, output: format.channels), encoding: format.encoding,
      mixed: .allocate(capacity: Self.blockFrames * format.channels),
      bytes: .allocate(byteCount: Self.blockFrames * format.frameBytes, alignment: 8))
  }

  deinit {
    mixed.deallocate()
    output.mixed.deallocate()
    output.bytes.deallocate()
  }

  /// Converts whole interleaved frames; passes on the bytes of whole frames, valid during the call.
  mutating func convert(_ samples: UnsafeBufferPointer<Float>, emit: (UnsafeRawBufferPointer) -> Void) {
    let output = output
    var rest = samples[...]
    while !rest.isEmpty {
      let block = UnsafeBufferPointer(rebasing: rest.prefix(Self.blockFrames * input.input))
      rest = rest.dropFirst(block.count)
      let count = input.mix(block, into: mixed) * input.output
      let narrow = UnsafeBufferPointer(rebasing: mixed[..<count])
      if resampler == nil {
        output.write(narrow, emit: emit)
      } else {
        resampler?.process(narrow) { output.write($0, emit: emit) }
      }
    }
  }

  /// Ends the stream: passes on what the resampler still holds.
  mutating func finish(emit: (UnsafeRawBufferPointer) -> Void) {
    let output = output
    resampler?.finish { output.write($0, emit: emit) }
  }
}
