internal import Audio

/// A capture device and its capabilities.
public struct CaptureDevice: Equatable, Sendable {
  /// ALSA's name for it, as `CaptureThread(device:)` takes it.
  public var name: String
  /// Description, one line.
  public var description: String
  /// Whether it is used when no device is named.
  public var isDefault: Bool
  /// Native sample rates in Hz: its lowest, its highest and the usual ones between; without those that cannot be sent,
  /// if it has others.
  public var sampleRates: [Int]
  /// Native channel counts.
  public var channels: ClosedRange<Int>
  /// ALSA's names for its sample formats.
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

  /// Every capture device that can be recorded now, the default first, and the reasons why others cannot.
  ///
  /// Opens each one briefly, on the calling thread: a device that another program uses is among the refused ones.
  public static func list() -> (devices: [CaptureDevice], refused: [CaptureError]) {
    var devices: [CaptureDevice] = []
    var refused: [CaptureError] = []
    let hints = CapturePCM.hints()
    func add(_ name: String, _ description: String, _ source: SoundServerSource? = nil) {
      do throws(CaptureError) {
        devices.append(try probe(name, description: description, source: source))
      } catch {
        refused.append(error)
      }
    }
    for (name, description) in candidates(hints) { add(name, description) }
    let sources = SoundServer()?.sources() ?? []
    for source in sources.filter({ !$0.isMonitor }) + sources.filter(\.isMonitor) {
      if let name = source.deviceName(among: hints.map(\.name)) { add(name, source.description, source) }
    }
    return (devices, refused)
  }

  /// Names in ALSA's configuration that are not devices (they convert, discard or generate) or that lead to a device
  /// that is listed anyway.
  private static let passedOver: Set<String> = [
    "null", "jack", "oss", "upmix", "vdownmix", "speex", "speexrate", "usbstream", "lavrate", "samplerate",
    "samplerate_best", "samplerate_medium", "samplerate_order", "samplerate_linear", "a52", "dca",
    "plughw", "plug", "sysdefault", "front", "rear", "center_lfe", "side", "iec958", "hdmi", "modem", "phoneline",
    "dmix", "dsnoop",
  ]

  /// The entries of `hints` worth opening, the default first, which is added if it is missing.
  static func candidates(
    _ hints: [(name: String, description: String)]
  ) -> [(name: String, description: String)] {
    var kept: [(name: String, description: String)] = []
    for hint in hints {
      let kind = String(hint.name.prefix { $0 != ":" })
      guard !passedOver.contains(kind), !kind.hasPrefix("surround"), !kept.contains(where: { $0.name == hint.name })
      else { continue }
      // ALSA's descriptions have two lines.
      kept.append((hint.name, hint.description.split(whereSeparator: \.isNewline).joined(separator: ", ")))
    }
    let first = kept.first { $0.name == defaultName } ?? (defaultName, "Default device")
    return [first] + kept.filter { $0.name != defaultName }
  }

  private static let usualRates = [
    8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000, 384_000,
  ]

  /// Configures it as a recording would, since a device that opens may have no format that can be used.
  private static func probe(
    _ name: String, description: String, source: SoundServerSource?
  ) throws(CaptureError) -> CaptureDevice {
    let options = CaptureOptions()
    _ = try CapturePCM.configured(
      name,
      .init(
        rate: AudioFormat.standard.sampleRate, channels: AudioFormat.standard.channels,
        encodings: DeviceEncoding.preferred(for: AudioFormat.standard.encoding), period: options.period,
        buffer: options.deviceBuffer))
    let pcm = try CapturePCM(device: name)
    return CaptureDevice(
      name: name, description: description, isDefault: name == defaultName,
      sampleRates: source.map { [$0.sampleRate] } ?? rates(in: pcm.rateRange) { pcm.hasRate($0) },
      channels: source.map { $0.channels...$0.channels } ?? pcm.channelRange, formats: pcm.formatNames)
  }

  /// The rates to list for a device that has all or some of `range`. Rates that cannot be sent are listed only if there
  /// is no other: a converting sound server starts at 1 Hz.
  static func rates(in range: ClosedRange<Int>, has: (Int) -> Bool) -> [Int] {
    let all = Set(usualRates.filter { range.contains($0) && has($0) } + [range.lowerBound, range.upperBound])
    let sendable = all.filter(AudioFormat.sampleRatesHz.contains)
    return (sendable.isEmpty ? all : sendable).sorted()
  }
}
