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

  private var pcm: CapturePCM
  private var converter: StreamConverter?
  /// As large as the device's buffer: one read must take everything, or the clock would count the rest as missing.
  private let bytes: UnsafeMutableRawBufferPointer
  private let samples: UnsafeMutableBufferPointer<Float>

  /// Opens `device` in `format` if it has it, otherwise in its nearest format, and starts it.
  public init(
    device: String = CaptureDevice.defaultName, format: AudioFormat, options: CaptureOptions = CaptureOptions()
  ) throws(CaptureError) {
    var offered: [String] = []
    for converting in [false, true] {
      var pcm = try CapturePCM(device: device, converting: converting)
      if !converting { offered = pcm.formatNames }
      let setUp = try pcm.start(
        rate: format.sampleRate, channels: format.channels, encodings: DeviceEncoding.preferred(for: format.encoding),
        period: options.period, buffer: options.deviceBuffer)
      guard let (deviceFormat, frames) = setUp else { continue }
      converter =
        deviceFormat.isExactly(format)
        ? nil
        : try StreamConverter(fromRate: deviceFormat.sampleRate, channels: deviceFormat.channels, to: format)
      self.pcm = pcm
      self.deviceFormat = deviceFormat
      self.format = format
      bytes = .allocate(byteCount: frames * deviceFormat.frameBytes, alignment: 8)
      samples = .allocate(capacity: frames * deviceFormat.channels)
      return
    }
    throw .noUsableFormat(device: device, offered: offered)
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
    converter?.convert(UnsafeBufferPointer(rebasing: samples[..<count]), emit: emit)
  }

  /// Passes on what the resampler still holds; nothing may be converted after it.
  public mutating func finish(emit: (UnsafeRawBufferPointer) -> Void) { converter?.finish(emit: emit) }

  /// Restarts the device after an overrun. Returns the failure, if any.
  public mutating func restart() -> CallFailure? { pcm.restart() }

  /// Resumes the device after a suspend. Returns the failure, if any: EAGAIN (11) while the hardware sleeps, ENOSYS
  /// (38) if it needs a restart.
  public mutating func resume() -> CallFailure? { pcm.resume() }
}

extension DeviceEncoding {
  /// The encoding that needs no conversion, then those that keep the most precision.
  static func preferred(for encoding: SampleEncoding) -> [DeviceEncoding] {
    allCases.filter { $0.wire == encoding } + [.f32, .s32, .s24in32, .s24, .s16, .u8]
  }
}
