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
  /// The same before its first sample: Bluetooth headsets and suspended sources take seconds.
  public var firstAudioAfter: Duration = .seconds(10)
  /// The device's channels to deliver, from 0; nil: all, mixed into those of the format.
  public var channels: [Int]?
  /// Whether a device that is not there is looked for until it is; otherwise it is an error.
  public var awaitsDevice = false
  /// Whether a device that disappears is reopened until it is back; otherwise the stream fails.
  public var reopens = true

  public init() {}
}
