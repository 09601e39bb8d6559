import Audio
import CommandLine

/// The options of `mic`.
struct MicrophoneOptions {
  var server: ServerOptions
  var spool: SpoolOptions
  var device: String
  var format: AudioFormat
  var chunkFrames: Int
  var duration: Duration?
  var output: OutputKind

  init(_ settings: Settings) throws(UsageError) {
    server = try ServerOptions(settings)
    spool = try SpoolOptions(settings)
    device = settings.string("device") ?? "default"
    format = AudioFormat(
      sampleRate: try settings.integer("rate", in: AudioFormat.sampleRatesHz) ?? AudioFormat.standard.sampleRate,
      channels: try settings.integer("channels", in: AudioFormat.channelCounts) ?? 1,
      encoding: try settings.choice("encoding") ?? .s16le)
    chunkFrames = format.frames(milliseconds: try settings.chunkMilliseconds())
    duration = try settings.seconds("duration", in: 0.001...1e9)
    output = try settings.choice("output") ?? .text
  }
}

extension Settings {
  /// At most a second: 12 MB in the widest format, and a message holds 16 MiB.
  func chunkMilliseconds() throws(UsageError) -> Int { try integer("chunk-ms", in: 5...1000) ?? 100 }
}
