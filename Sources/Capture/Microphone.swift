public import Audio

/// A capture device that is open, recording, and delivering one format whatever its own is.
///
/// Owned by one thread at a time. `CaptureThread` reads one and looks after its faults; use this alone where a thread, a
/// queue and recovery are not wanted.
public struct Microphone: ~Copyable {
  /// What the device delivers.
  public let deviceFormat: DeviceFormat
  /// What `read` delivers.
  public let format: AudioFormat

  private var pcm: CapturePCM
  private var converter: StreamConverter?
  /// As large as the device's buffer: one reading takes everything there is, or the clock would call the rest missing.
  private let bytes: UnsafeMutableRawBufferPointer
  private let samples: UnsafeMutableBufferPointer<Float>

  /// Opens `device` in `format` when it has that, otherwise in its nearest own one, and starts it.
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

  /// What a reading came to.
  public enum Reading: Equatable, Sendable {
    /// So many frames of the device, everything it had.
    case frames(Int)
    case nothing
    case failed(CallFailure)
  }

  /// Waits until the device has a period of audio, or for so long. `.frames(0)` says that there is something to read.
  public mutating func wait(milliseconds: Int) -> Reading {
    switch pcm.wait(milliseconds: Int32(milliseconds)) {
    case .ready: .frames(0)
    case .nothing: .nothing
    case .failed(let failure): .failed(failure)
    }
  }

  /// Takes what the device has, without waiting; `convert` then delivers it.
  public mutating func read() -> Reading {
    switch pcm.read(into: bytes, frameBytes: deviceFormat.frameBytes) {
    case .ready(let frames): .frames(frames)
    case .nothing: .nothing
    case .failed(let failure): .failed(failure)
    }
  }

  /// Hands on the `frames` just read as whole frames of `format`, valid during the call. A resampler holds some back.
  public mutating func convert(frames: Int, emit: (UnsafeRawBufferPointer) -> Void) {
    let taken = UnsafeRawBufferPointer(rebasing: bytes[..<(frames * deviceFormat.frameBytes)])
    guard converter != nil else { return emit(taken) }
    let count = deviceFormat.encoding.decode(taken, into: samples)
    converter?.convert(UnsafeBufferPointer(rebasing: samples[..<count]), emit: emit)
  }

  /// Hands on what the resampler still holds; nothing may be converted after it.
  public mutating func finish(emit: (UnsafeRawBufferPointer) -> Void) { converter?.finish(emit: emit) }

  /// Starts the device again after an overrun. Answers what failed.
  public mutating func restart() -> CallFailure? { pcm.restart() }

  /// Wakes the device after a suspend. Answers what failed: EAGAIN (11) as long as the hardware sleeps, ENOSYS (38) when it
  /// must be restarted.
  public mutating func resume() -> CallFailure? { pcm.resume() }
}

extension DeviceEncoding {
  /// The one whose bytes are wanted, then those that keep the most.
  static func preferred(for encoding: SampleEncoding) -> [DeviceEncoding] {
    allCases.filter { $0.wire == encoding } + [.f32, .s32, .s24in32, .s24, .s16, .u8]
  }
}
