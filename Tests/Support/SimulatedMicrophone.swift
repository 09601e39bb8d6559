internal import Glibc
internal import Synchronization

/// A capture device of libasound without hardware: its own clock, one native format, faults on demand.
///
/// In the test's own process open `deviceName`. A program started by a test finds microphones through
/// `configuration(of:)`, which goes into its environment as `ALSA_CONFIG_PATH`.
public struct SimulatedMicrophone: Sendable {
  /// Whether the plugin can be built here; where not, tests that need it say so.
  public static let isAvailable = ShellCommand.has("cc")
  public static let requirement: String = "the simulated microphone is built with cc (gcc, libasound2-dev)"

  /// What it hears, from the moment it is first started.
  public enum Sound: Sendable {
    case silence
    /// A sine wave on every channel; amplitude 1 is full scale.
    case tone(hertz: Double, amplitude: Double)
    /// Raw frames in the device's own format, again and again or once.
    case file(String, loops: Bool)
  }

  public enum FaultKind: String, Sendable {
    case overrun = "epipe"
    case suspend = "estrpipe"
    /// Disconnected; cannot be opened while `isUnplugged`.
    case unplug = "enodev"
    case readError = "eio"
    /// No audio and no error.
    case stall = "stall"
  }

  public struct Fault: Sendable {
    public var kind: FaultKind
    /// When it strikes, counted from the start of an opening.
    public var afterFrames: Int
    /// Again and again: overrun and suspend only.
    public var repeats = false
    /// How long unplug and stall last; 0: for good.
    public var milliseconds = 0

    public init(_ kind: FaultKind, afterFrames: Int, repeats: Bool = false, milliseconds: Int = 0) {
      self.kind = kind
      self.afterFrames = afterFrames
      self.repeats = repeats
      self.milliseconds = milliseconds
    }
  }

  public var sampleRate = 48_000
  public var channels = 2
  /// ALSA's name: S16_LE, S32_LE, FLOAT_LE can carry a tone, any format a file.
  public var format = "S16_LE"
  public var sound = Sound.silence
  public var fault: Fault?
  /// Before the first frame.
  public var startupMilliseconds = 0
  /// Of its clock, against this machine's.
  public var clockSpeed = 1.0
  /// Of each channel's tone; a channel without one has 1.
  public var gains: [Double] = []
  /// Gets the moment of frame 0, in nanoseconds of the monotonic clock, when recording first begins; "": nothing does.
  public var startedFile = ""
  /// Opening it fails with this errno.
  public var openErrno: Int32 = 0

  private static let made = Atomic<Int>(0)
  private let number = made.add(1, ordering: .relaxed).newValue

  public init(
    sampleRate: Int = 48_000, channels: Int = 2, format: String = "S16_LE", sound: Sound = .silence,
    fault: Fault? = nil, openErrno: Int32 = 0
  ) {
    self.sampleRate = sampleRate
    self.channels = channels
    self.format = format
    self.sound = sound
    self.fault = fault
    self.openErrno = openErrno
  }

  // MARK: For this process

  /// The name to open it by in this process.
  public var deviceName: String { get throws { try "simulated:" + arguments } }

  /// The same behind ALSA's `plug`, which converts anything to anything.
  public var convertedName: String { get throws { try "converted:" + arguments } }

  private var arguments: String {
    get throws {
      try AlsaTestSetup.useHere()
      return try fields(mark: unpluggedMark).map { "\($0.argument)=\($0.value)" }.joined(separator: ",")
    }
  }

  /// Unplugs it, whoever has it open; it stays so until `plugIn`, or as long as its fault says.
  public func unplug() throws { try AlsaTestSetup.write("", to: unpluggedMark) }

  public func plugIn() throws { unlink(try unpluggedMark) }

  private var unpluggedMark: String {
    get throws { try "\(AlsaTestSetup.folder.get())/unplugged-\(number)" }
  }

  // MARK: For programs

  /// Writes an ALSA configuration with these microphones by name ("default" among them or not); answers its path, for
  /// `ALSA_CONFIG_PATH`. The file lives as long as this process.
  public static func configuration(of microphones: [String: SimulatedMicrophone]) throws -> String {
    var text = try AlsaTestSetup.preamble()
    for (name, microphone) in microphones {
      let settings = try microphone.fields(mark: microphone.unpluggedMark).map { "\($0.name) \($0.value)" }
      text += """
        pcm.!\(name) {
          type simulated
          \(settings.joined(separator: "\n  "))
          hint { show on description "Simulated microphone \(name)" }
        }

        """
    }
    let path = try "\(AlsaTestSetup.folder.get())/asound-\(made.add(1, ordering: .relaxed).newValue).conf"
    try AlsaTestSetup.write(text, to: path)
    return path
  }

  // MARK: As configuration

  struct Field {
    var name: String
    var type: String
    var value: String
    /// Arguments are in capitals by ALSA's custom.
    var argument: String { name.uppercased().filter { $0 != "_" } }
  }

  /// Everything the plugin can be told.
  var fields: [Field] { fields(mark: "") }

  private func fields(mark: String) -> [Field] {
    var tone = (hertz: 0.0, amplitude: 0.0)
    var file = (path: "", loops: true)
    switch sound {
    case .silence: break
    case .tone(let hertz, let amplitude): tone = (hertz, amplitude)
    case .file(let path, let loops): file = (path, loops)
    }
    return [
      Field(name: "rate", type: "integer", value: "\(sampleRate)"),
      Field(name: "channels", type: "integer", value: "\(channels)"),
      Field(name: "format", type: "string", value: format),
      Field(name: "infile", type: "string", value: "'\(file.path)'"),
      Field(name: "loop", type: "string", value: file.loops ? "yes" : "no"),
      Field(name: "tone", type: "real", value: "\(tone.hertz)"),
      Field(name: "amplitude", type: "real", value: "\(tone.amplitude)"),
      Field(name: "gains", type: "string", value: "'\(gains.map { "\($0)" }.joined(separator: " "))'"),
      Field(name: "startup_ms", type: "integer", value: "\(startupMilliseconds)"),
      Field(name: "speed", type: "real", value: "\(clockSpeed)"),
      Field(name: "open_errno", type: "integer", value: "\(openErrno)"),
      Field(name: "fault", type: "string", value: fault?.kind.rawValue ?? "none"),
      Field(name: "fault_after", type: "integer", value: "\(fault?.afterFrames ?? 0)"),
      Field(name: "fault_every", type: "string", value: fault?.repeats == true ? "yes" : "no"),
      Field(name: "fault_ms", type: "integer", value: "\(fault?.milliseconds ?? 0)"),
      Field(name: "unplugged", type: "string", value: "'\(mark)'"),
      Field(name: "started", type: "string", value: "'\(startedFile)'"),
    ]
  }
}
