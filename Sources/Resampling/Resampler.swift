internal import CSoxr

/// Changes the sample rate of a stream with libsoxr: linear phase.
///
/// Streaming: input comes out some milliseconds of audio later; `finish` returns the rest. In all, frames × output rate
/// / input rate come out, to within a frame.
public struct Resampler: ~Copyable {
  /// Maximum number of frames passed to `emit` at once.
  public static let blockFrames = 1024

  public let channels: Int
  private let handle: OpaquePointer
  private let block: UnsafeMutableBufferPointer<Float>

  public enum Quality: Sendable {
    /// 20 bits, computed in float32: more than a microphone has.
    case high
    /// 28 bits, computed in float64: the output does not depend on where in the stream resampling began. (The library
    /// works in blocks counted from its beginning; in float32 each block rounds differently.)
    case veryHigh
  }

  /// Rates in Hz.
  public init(from input: Int, to output: Int, channels: Int, quality: Quality = .high) throws(ResamplingError) {
    var problem: soxr_error_t?
    var samples = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I)
    var recipe = soxr_quality_spec(UInt(quality == .high ? SOXR_HQ : SOXR_VHQ), 0)
    var running = soxr_runtime_spec(1)
    // The minimum: transforms no longer than the filter needs. soxr works in blocks and delays live audio until one is
    // full: from 48 to 16 kHz by at most 15 ms, with blocks twice as long by 37. The filter is the same.
    running.log2_large_dft_size = running.log2_min_dft_size
    guard
      let handle = soxr_create(
        Double(input), Double(output), UInt32(channels), &problem, &samples, &recipe, &running)
    else {
      let reason = problem.map { String(cString: $0) } ?? "no memory"
      throw ResamplingError(reason: "\(input) to \(output) Hz: \(reason)")
    }
    self.handle = handle
    self.channels = channels
    block = .allocate(capacity: Self.blockFrames * channels)
  }

  deinit {
    soxr_delete(handle)
    block.deallocate()
  }

  /// Resamples whole interleaved frames and passes on what is ready, valid during the call.
  public mutating func process(_ samples: UnsafeBufferPointer<Float>, emit: (UnsafeBufferPointer<Float>) -> Void) {
    var rest = samples[...]
    while !rest.isEmpty {
      var taken = 0
      let made = run(UnsafeBufferPointer(rebasing: rest), taken: &taken)
      rest = rest.dropFirst(taken * channels)
      if made > 0 { emit(UnsafeBufferPointer(rebasing: block[..<(made * channels)])) }
    }
  }

  /// Ends the stream: passes on what is still inside. Nothing may be processed after it.
  public mutating func finish(emit: (UnsafeBufferPointer<Float>) -> Void) {
    var taken = 0
    while case let made = run(nil, taken: &taken), made > 0 {
      emit(UnsafeBufferPointer(rebasing: block[..<(made * channels)]))
    }
  }

  /// One step of soxr; nil means the end of input. Returns frames made and, in `taken`, frames used.
  private func run(_ samples: UnsafeBufferPointer<Float>?, taken: inout Int) -> Int {
    var made = 0
    let problem = soxr_process(
      handle, samples?.baseAddress, (samples?.count ?? 0) / channels, &taken,
      block.baseAddress, Self.blockFrames, &made)
    precondition(problem == nil, "soxr fails only at its creation and on buffers that are none")
    return made
  }
}
