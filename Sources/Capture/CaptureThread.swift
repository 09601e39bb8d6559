public import Audio
internal import Glibc
internal import Platform

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
  private let queue: CaptureQueue
  private let stopping: StopSignal

  /// Opens the device now, on the calling thread, and starts recording.
  ///
  /// The device is opened in `format` when it has it, otherwise in its nearest own one, which is then converted.
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

  /// Ends the recording: what has been recorded so far can still be taken, then comes `.end`, also where the device hangs.
  /// Any thread; returns at once.
  public func stop() {
    stopping.set()
    queue.stop()
  }
}
