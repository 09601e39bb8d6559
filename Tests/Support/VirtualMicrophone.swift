/// A microphone of PulseAudio's, real time and all, for ALSA programs: a daemon of its own, ended with this.
public final class VirtualMicrophone: Sendable {
  /// Whether what it needs is installed; where not, tests that need it say so.
  public static let isAvailable = ["pulseaudio", "pactl", "paplay"].allSatisfy(ShellCommand.has)
  public static let requirement: String =
    "the virtual microphone needs pulseaudio, pulseaudio-utils and libasound2-plugins"

  /// Its own; everything the daemon keeps is in it.
  public let folder: String
  private static let script =
    #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/virtual-microphone"

  /// Starts it: `rate`, `channels` and PulseAudio's `format` are what it has natively.
  public init(rate: Int = 48_000, channels: Int = 1, format: String = "s16le") throws {
    folder = try "\(AlsaTestSetup.folder.get())/virtual-\(UInt32.random(in: 0 ... .max))"
    settings = "MICROPHONE_RATE=\(rate) MICROPHONE_CHANNELS=\(channels) MICROPHONE_FORMAT=\(format)"
    try start()
  }

  deinit { _ = try? run("stop") }

  private let settings: String

  /// The name to open it by in this process.
  public var deviceName: String {
    get throws {
      try AlsaTestSetup.useHere()
      return "virtual:SERVER='unix:\(folder)/native'"
    }
  }

  /// What a program's environment must hold for ALSA's `default` to be this microphone.
  public var environment: [String: String] {
    get throws {
      var all: [String: String] = [:]
      for line in try run("env").split(separator: "\n") {
        let parts = line.split(separator: "=", maxSplits: 1)
        all[String(parts[0])] = String(parts[1])
      }
      return all
    }
  }

  /// Starts it again after `kill`.
  public func start() throws { try run("start") }
  /// Plays a WAV file into it at the pace of sound; blocks until its end.
  public func play(_ path: String) throws { try run("play '\(path)'") }
  /// Freezes the daemon: no audio, no error.
  public func pause() throws { try run("pause") }
  public func resume() throws { try run("resume") }
  /// Kills the daemon: the device disappears.
  public func kill() throws { try run("kill") }

  @discardableResult
  private func run(_ command: String) throws -> String {
    try ShellCommand.run("\(settings) '\(Self.script)' '\(folder)' \(command)")
  }
}
