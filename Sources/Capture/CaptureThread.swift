public import Audio
internal import Glibc
internal import Platform

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
    let recorder = try Recorder(
      device: device, format: format, options: options, queue: queue, stopping: stopping)
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
