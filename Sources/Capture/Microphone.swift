public import Audio

/// An open, recording capture device that delivers one format, whatever its native one.
///
/// Owned by one thread at a time. `CaptureThread` reads one and recovers from its faults; use this type where no
/// thread, queue and recovery are needed.
public struct Microphone: ~Copyable {
  /// Native format of the device.
  public let deviceFormat: DeviceFormat
  /// Format that `read` delivers.
  public let format: AudioFormat

  /// How often the device delivers audio.
  let period: Duration

  private var pcm: CapturePCM
  private var survey: ChannelSurvey?
  private var converter: StreamConverter?
  /// As large as the device's buffer: one read must take everything, or the clock would count the rest as missing.
  private let bytes: UnsafeMutableRawBufferPointer
  private let samples: UnsafeMutableBufferPointer<Float>

  /// Opens `device` in `format` if it has it, otherwise in its nearest format, and starts it.
  public init(
    device: String = CaptureDevice.defaultName, format: AudioFormat, options: CaptureOptions = CaptureOptions()
  ) throws(CaptureError) {
    let wanted = options.channels.map { ($0.max() ?? 0) + 1 } ?? format.channels
    let pcm = try CapturePCM.configured(
      device,
      .init(
        rate: format.sampleRate, channels: wanted, encodings: DeviceEncoding.preferred(for: format.encoding),
        period: options.period, buffer: options.deviceBuffer))
    guard let setting = pcm.setting else { preconditionFailure("a configured device has a setting") }
    let native = setting.format
    if let most = options.channels?.max(), most >= native.channels {
      throw .noSuchChannel(device: device, channel: most + 1, channels: native.channels)
    }
    let isPassedOn = native.isExactly(format) && options.channels.map { $0 == Array(0..<native.channels) } ?? true
    converter =
      isPassedOn
      ? nil
      : try StreamConverter(
        fromRate: native.sampleRate, channels: native.channels, picking: options.channels, to: format)
    // Only where channels are mixed may a silent one, or two that cancel each other, spoil the others.
    if options.channels == nil, native.channels > format.channels {
      survey = ChannelSurvey(channels: native.channels, rate: native.sampleRate)
    }
    try pcm.start()
    self.pcm = pcm
    deviceFormat = native
    period = setting.period
    self.format = format
    bytes = .allocate(byteCount: setting.bufferFrames * native.frameBytes, alignment: 8)
    samples = .allocate(capacity: setting.bufferFrames * native.channels)
  }

  deinit {
    bytes.deallocate()
    samples.deallocate()
  }

  /// Result of a read.
  public enum Reading: Equatable, Sendable {
    /// This many frames of the device: everything it had.
    case frames(Int)
    case nothing
    case failed(CallFailure)
  }

  /// Waits until the device has a period of audio, or for this long. `.frames(0)` means that there is something to
  /// read.
  public mutating func wait(milliseconds: Int) -> Reading {
    switch pcm.wait(milliseconds: Int32(milliseconds)) {
    case .ready: .frames(0)
    case .nothing: .nothing
    case .failed(let failure): .failed(failure)
    }
  }

  /// Reads what the device has, without waiting; `convert` then delivers it.
  public mutating func read() -> Reading {
    switch pcm.read(into: bytes, frameBytes: deviceFormat.frameBytes) {
    case .ready(let frames): .frames(frames)
    case .nothing: .nothing
    case .failed(let failure): .failed(failure)
    }
  }

  /// Passes on the `frames` just read as whole frames of `format`, valid during the call. A resampler retains some.
  public mutating func convert(frames: Int, emit: (UnsafeRawBufferPointer) -> Void) {
    let taken = UnsafeRawBufferPointer(rebasing: bytes[..<(frames * deviceFormat.frameBytes)])
    guard converter != nil else { return emit(taken) }
    let count = deviceFormat.encoding.decode(taken, into: samples)
    survey?.take(UnsafeBufferPointer(rebasing: samples[..<count]))
    converter?.convert(UnsafeBufferPointer(rebasing: samples[..<count]), emit: emit)
  }

  /// The levels of the device's channels, once, as soon as they are known.
  mutating func takeLevels() -> ChannelLevels? {
    guard let levels = survey?.levels else { return nil }
    survey = nil
    return levels
  }

  var opening: PollLoop.Opening { PollLoop.Opening(format: deviceFormat, period: period) }

  /// Passes on what the resampler still holds; nothing may be converted after it.
  public mutating func finish(emit: (UnsafeRawBufferPointer) -> Void) { converter?.finish(emit: emit) }

  /// Restarts the device after an overrun. Returns the failure, if any.
  public mutating func restart() -> CallFailure? { pcm.restart() }

  /// Resumes the device after a suspend. Returns the failure, if any: EAGAIN (11) while the hardware sleeps, ENOSYS
  /// (38) if it needs a restart.
  public mutating func resume() -> CallFailure? { pcm.resume() }
}
