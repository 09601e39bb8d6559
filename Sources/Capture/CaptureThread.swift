public import Wire

/// How a microphone is read. The defaults suit speech.
public struct CaptureOptions: Equatable, Sendable {
  /// How often the device hands audio over.
  public var period: Duration = .milliseconds(20)
  /// How long the program may sleep before the device overruns.
  public var deviceBuffer: Duration = .milliseconds(500)
  /// How much audio waits for a slow reader before frames are dropped.
  public var ringBuffer: Duration = .seconds(10)
  /// Silence of this length from the device itself (no samples at all) counts as its loss.
  public var stallAfter: Duration = .seconds(2)
  /// Whether a device that disappears is opened again until it is back; otherwise the stream fails.
  public var reopens = true

  public init() {}
}

/// A microphone recorded by a thread of its own: `next(into:)` takes the audio and what happened, in order.
///
/// One thread reads; it is told through `wake`, on the capture thread, that there is something new after a `.nothingYet`.
public final class CaptureThread: AudioSource, Sendable {
  public let device: String
  public let format: AudioFormat

  /// Opens the device now, on the calling thread, and starts recording.
  ///
  /// The device is opened in `format` when it has it, otherwise in its nearest own one, which is then converted.
  public init(
    device: String = CaptureDevice.defaultName, format: AudioFormat, options: CaptureOptions = CaptureOptions(),
    wake: @escaping @Sendable () -> Void
  ) throws(CaptureError) {
    throw .noSuchDevice(device: device, CallFailure(call: "snd_pcm_open", code: 2, reason: "No such file"))
  }

  public func next(into buffer: UnsafeMutableRawBufferPointer) -> SourceItem { .end }

  /// Ends the recording: what has been recorded so far can still be taken, then comes `.end`. Any thread; returns at once.
  public func stop() {}
}
