import Flags
import WebSocket
import Wire

/// What can be asked for; the raw value is the word on the command line.
enum Command: String, CaseIterable {
  case devices
  case mic
  case file
  case simulate
}

/// The flags each command takes, in the order its help lists them.
enum ClientFlags {
  static let defaultURL = "ws://127.0.0.1:8000/api/audio/ws"

  private static let server = [
    Flag("url", "URL", variables: ["WS_URL", "AUDIO_URL"], fallback: defaultURL, "The server's WebSocket."),
    Flag("no-retry", variables: ["AUDIO_NO_RETRY"], "Fail at once when the server is not there or the device goes."),
  ]
  private static let output = Flag(
    "output", "KIND", variables: ["AUDIO_OUTPUT"], fallback: "text",
    "What stdout carries: text (transcriptions), jsonl (every server message as it came), json (an object a stream).")
  private static let chunk = Flag(
    "chunk-ms", "MS", variables: ["AUDIO_CHUNK_MS"], fallback: "100", "Milliseconds of sound in a chunk.")

  static let mic =
    [
      Flag(
        "device", "NAME", variables: ["AUDIO_DEVICE"], fallback: "default",
        "The capture device, as \"devices\" lists it."),
      Flag("rate", "HZ", variables: ["AUDIO_RATE"], fallback: "16000", "Sample rate to send."),
      Flag("channels", "N", variables: ["AUDIO_CHANNELS"], fallback: "1", "Channels to send."),
      Flag("encoding", "NAME", variables: ["AUDIO_ENCODING"], fallback: "s16le", "Sample encoding to send."),
      chunk,
      Flag("duration", "S", variables: ["AUDIO_DURATION"], "Stop after so many seconds of sound."),
      output,
    ] + server + Flag.common

  static let file =
    [
      Flag(
        "speed", "SPEED", variables: ["AUDIO_SPEED"], fallback: "realtime",
        "realtime, fast (as the server answers), or a factor such as 2.0."),
      chunk,
      output,
    ] + server + Flag.common

  static let simulate =
    [
      Flag("clients", "N", variables: ["AUDIO_CLIENTS"], fallback: "1", "Connections at once."),
      Flag("messages", "N", variables: ["MSGS", "AUDIO_MESSAGES"], fallback: "1000", "Chunks each of them sends."),
      Flag(
        "rate-ms", "MS", variables: ["RATE_MS", "AUDIO_RATE_MS"], fallback: "10",
        "Milliseconds between two chunks of a client; 0: as fast as the server answers."),
      Flag("chunk-bytes", "N", variables: ["AUDIO_CHUNK_BYTES"], fallback: "4096", "Bytes of a chunk."),
      Flag("in-flight", "N", variables: ["AUDIO_IN_FLIGHT"], fallback: "64", "Unanswered chunks a client may have."),
      Flag("file", "PATH", variables: ["AUDIO_FILE"], "Send this file's sound, over and over, instead of noise."),
      Flag("output", "KIND", variables: [], fallback: "text", "The report: text (a table) or json."),
    ] + server + Flag.common

  static let devices = Flag.common
}

/// The server and how it is spoken to.
struct ServerOptions {
  var url: WebSocketURL
  var retries: Bool

  init(_ settings: Settings) throws(UsageError) {
    do throws(WebSocketError) { url = try WebSocketURL(settings.string("url") ?? ClientFlags.defaultURL) } catch {
      throw settings.refuse("url", allowed: "a WebSocket address such as \(ClientFlags.defaultURL) (\(error))")
    }
    retries = try !settings.isOn("no-retry")
  }

  /// The place with the format of what is sent.
  func url(announcing format: AudioFormat) -> WebSocketURL {
    url.appending(query: "sample_rate", String(format.sampleRate)).appending(query: "channels", String(format.channels))
      .appending(query: "encoding", format.encoding.rawValue)
  }
}

struct MicrophoneOptions {
  var server: ServerOptions
  var device: String
  var format: AudioFormat
  var chunkFrames: Int
  var duration: Duration?
  var output: OutputKind

  init(_ settings: Settings) throws(UsageError) {
    server = try ServerOptions(settings)
    device = settings.string("device") ?? "default"
    format = AudioFormat(
      sampleRate: try settings.integer("rate", in: Limits.sampleRatesHz) ?? AudioFormat.standard.sampleRate,
      channels: try settings.integer("channels", in: Limits.channels) ?? 1,
      encoding: try settings.choice("encoding") ?? .s16le)
    chunkFrames = format.frames(milliseconds: try settings.chunkMilliseconds())
    duration = try settings.seconds("duration", in: 0.001...1e9)
    output = try settings.choice("output") ?? .text
  }
}

struct FileOptions {
  var server: ServerOptions
  var paths: [String]
  var speed: Speed
  var chunkMilliseconds: Int
  var duration: Duration?
  var output: OutputKind

  init(_ settings: Settings) throws(UsageError) {
    server = try ServerOptions(settings)
    paths = settings.operands
    guard !paths.isEmpty else { throw UsageError("file: no path was given; allowed are audio files, and - for stdin") }
    guard paths.count(where: { $0 == "-" }) <= 1 else {
      throw UsageError("file: \"-\" was given more than once; stdin can be read once")
    }
    guard let speed = Speed(settings.string("speed") ?? "realtime") else {
      throw settings.refuse(
        "speed",
        allowed: "realtime, fast, or a factor from \(Speed.factors.lowerBound) to \(Speed.factors.upperBound)")
    }
    self.speed = speed
    chunkMilliseconds = try settings.chunkMilliseconds()
    output = try settings.choice("output") ?? .text
  }

  /// The bundled recording, at the pace of a microphone.
  init(playing path: String, for options: MicrophoneOptions, chunkMilliseconds: Int) {
    server = options.server
    paths = [path]
    speed = .realtime
    self.chunkMilliseconds = chunkMilliseconds
    duration = options.duration
    output = options.output
  }
}

extension Settings {
  /// At most a second: of the widest format that is 12 MB, and a message holds 16.
  func chunkMilliseconds() throws(UsageError) -> Int { try integer("chunk-ms", in: 5...1000) ?? 100 }
}

extension AudioFormat {
  func frames(milliseconds: Int) -> Int { max(1, sampleRate * milliseconds / 1000) }

  /// The nearest to it that the wire can carry.
  var sendable: AudioFormat {
    let rates = Limits.sampleRatesHz
    return AudioFormat(
      sampleRate: min(max(sampleRate, rates.lowerBound), rates.upperBound),
      channels: min(channels, Limits.channels.upperBound), encoding: encoding)
  }

  /// For people.
  var words: String { "\(sampleRate) Hz, \(channels) ch, \(encoding.rawValue)" }
}
