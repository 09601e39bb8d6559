import Audio
import Capture
import CommandLine
import SpeechClient

/// The options of `mic`.
struct MicrophoneOptions {
  var server: ServerOptions
  var spool: SpoolOptions
  var device: String
  var format: AudioFormat
  /// The encoding is the user's, not the default.
  var isEncodingChosen: Bool
  /// The device's channels to send, from 0; nil: all, mixed.
  var picked: [Int]?
  var chunkFrames: Int
  var duration: Duration?
  var output: OutputKind
  /// Where texts and sound are kept.
  var keeping = Keeping()
  /// Only results and what goes wrong are written.
  var isQuiet: Bool
  /// With a server of its own.
  var isLocal: Bool

  init(_ settings: Settings) throws(UsageError) {
    isLocal = try settings.isOn("local")
    server = try ServerOptions(settings, isLocal: isLocal)
    spool = try SpoolOptions(settings)
    device = settings.string("device") ?? "default"
    format = AudioFormat(
      sampleRate: try settings.integer("rate", in: AudioFormat.sampleRatesHz) ?? AudioFormat.standard.sampleRate,
      channels: 1,
      encoding: try settings.choice("encoding") ?? .s16le)
    isEncodingChosen = format.encoding != .s16le
    picked = try settings.pickedChannels()
    let channels = try settings.integer("channels", in: AudioFormat.channelCounts) ?? 1
    format.channels = picked?.count ?? channels
    chunkFrames = format.frames(milliseconds: try settings.chunkMilliseconds())
    duration = try settings.seconds("duration", in: 0.001...1e9)
    output = try settings.choice("output") ?? .text
    keeping = try Keeping(settings)
    if keeping.textFolder != nil, output != .text {
      throw UsageError("--text-dir: expected no --output, because all texts are written there, got \(output.rawValue)")
    }
    isQuiet = try settings.isOn("quiet")
  }
}

extension Settings {
  /// At most a second: 12 MB in the widest format, and a message holds 16 MiB.
  func chunkMilliseconds() throws(UsageError) -> Int { try integer("chunk-ms", in: 5...1000) ?? 100 }

  /// The channels of `--channel`, from 0.
  func pickedChannels() throws(UsageError) -> [Int]? {
    guard let text = string("channel") else { return nil }
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    let picked = numbers.compactMap { number in number.flatMap { (1...Self.mostChannels).contains($0) ? $0 - 1 : nil } }
    guard picked.count == numbers.count, AudioFormat.channelCounts.contains(picked.count) else {
      throw refuse("channel", allowed: "channels from 1 to \(Self.mostChannels), such as 1 or 1,2")
    }
    return picked
  }

  /// More than any array has.
  private static var mostChannels: Int { 64 }
}
