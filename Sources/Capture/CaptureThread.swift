public import Audio
internal import Glibc
internal import Platform

/// Settings for reading a microphone. The defaults suit speech.
public struct CaptureOptions: Equatable, Sendable {
  /// Period of the device: how often it delivers audio.
  public var period: Duration = .milliseconds(20)
  /// Buffer of the device: how long the program may sleep before an overrun.
  public var deviceBuffer: Duration = .milliseconds(500)
  /// How much audio is queued for a slow reader before frames are dropped.
  public var ringBuffer: Duration = .seconds(10)
  /// A device that delivers no samples for this long counts as lost.
  public var stallAfter: Duration = .seconds(2)
  /// Whether a device that disappears is reopened until it is back; otherwise the stream fails.
  public var reopens = true

  public init() {}
}

/// Records a microphone on a separate thread: `next(into:)` returns audio and events, in order.
///
/// One thread reads. After a `.nothingYet`, `wake` is called on the capture thread when there is something new.
public final class CaptureThread: AudioSource, Sendable {
  public let device: String
  public let format: AudioFormat
  private let queue: CaptureQueue
  private let stopping: StopSignal

  /// Opens the device now, on the calling thread, and starts recording.
  ///
  /// The device is opened in `format` if it has it, otherwise in its nearest format, which is then converted.
  public init(
    device: String = CaptureDevice.defaultName, format: AudioFormat, options: CaptureOptions = CaptureOptions(),
    wake: @escaping @Sendable () -> Void
  ) throws(CaptureError) {
    self.device = device
    self.format = format
    stopping = try StopSignal()
    let frames = Int(options.ringBuffer.inSeconds * Double(format.sampleRate))
    queue = CaptureQueue(format: format, frames: frames, wake: wake)
    let microphone = try Microphone(device: device, format: format, options: options)
    let recorder = Recorder(
      device: device, microphone: microphone, options: options, queue: queue, stopping: stopping)
    // The thread is the recorder's only owner from here on.
    nonisolated(unsafe) let owned = recorder
    do throws(SystemError) {
      // It owns all it uses and ends by itself: a device that hangs while it is closed must hold nobody up.
      try SystemThread { owned.run() }.detach()
    } catch {
      throw .system(CallFailure(error))
    }
  }

  deinit { stop() }

  public func next(into buffer: UnsafeMutableRawBufferPointer) -> SourceItem { queue.next(into: buffer) }

  /// Ends the recording: audio recorded so far can still be read, then `.end` follows, even if the device hangs.
  /// Any thread; returns at once.
  public func stop() {
    stopping.set()
    queue.stop()
  }
}
