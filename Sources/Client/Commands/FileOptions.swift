import Audio
import CommandLine
import Platform
import SpeechClient

/// How files are read, and what is sent of them instead of all that they have.
struct FileConversion: Equatable {
  /// The format of files without a header.
  var raw: AudioFormat?
  /// The channels, from 0; nil: all.
  var picked: [Int]?
  /// The encoding; nil: the file's own.
  var encoding: SampleEncoding?

  /// The format to send of a file: its own if the protocol has that, so that the server measures the file itself.
  func format(of own: AudioFormat) -> AudioFormat {
    var format = own.sendable
    if let encoding { format.encoding = encoding }
    return format
  }
}

/// The options of `file`.
struct FileOptions {
  struct Switches: Equatable {
    /// Only results and what goes wrong are written.
    var isQuiet = false
    /// The files are sent again and again.
    var isLoop = false
    /// The server is started for the files.
    var isLocal = false
  }

  /// The folder with a file for each source, and the paths of those files.
  struct Results: Equatable {
    var folder: String?
    var paths: [String] = []
  }

  var server: ServerOptions
  var spool: SpoolOptions
  var paths: [String]
  /// The name of the only path on the screen, if the user did not choose it.
  var title: String?
  /// Nil: real time, but a pipe as it comes.
  var speed: Speed?
  var chunkMilliseconds: Int
  /// What is changed before it is sent.
  var conversion = FileConversion()
  var duration: Duration?
  var output: OutputKind
  /// Files sent at once.
  var jobs: Int
  var results = Results()
  var switches: Switches

  init(_ settings: Settings) throws(UsageError) {
    let isLocal = try settings.isOn("local")
    server = try ServerOptions(settings, isLocal: isLocal)
    spool = try SpoolOptions(settings)
    paths = settings.operands
    guard !paths.isEmpty else { throw UsageError("file: expected audio files, or - for standard input, got no path") }
    guard paths.count(where: { $0 == "-" }) <= 1 else {
      throw UsageError("file: expected - at most once, because standard input can be read once")
    }
    speed = try settings.string("speed").map { text throws(UsageError) in
      guard let speed = Speed(text) else {
        throw settings.refuse("speed", allowed: "realtime, fast, or a factor from \(Speed.factors.words)")
      }
      return speed
    }
    conversion.raw = try settings.string("raw").map { text throws(UsageError) in
      guard let format = AudioFormat(raw: text) else {
        let rates = AudioFormat.sampleRatesHz
        throw settings.refuse(
          "raw",
          allowed: "ENCODING:RATE:CHANNELS, such as s16le:16000:1, with an encoding of "
            + "\(SampleEncoding.allCases.map(\.rawValue).joined(separator: ", ")), a rate from \(rates.lowerBound) to "
            + "\(rates.upperBound) and up to \(AudioFormat.channelCounts.upperBound) channels")
      }
      return format
    }
    chunkMilliseconds = try settings.chunkMilliseconds()
    conversion.picked = try settings.pickedChannels()
    conversion.encoding = try settings.choice("encoding")
    output = try settings.choice("output") ?? .text
    // Connections are cheap compared to decoding, and no server has more cores than this.
    jobs = try settings.integer("jobs", in: 1...256) ?? (speed == .fast ? Self.processors : 1)
    switches = Switches(
      isQuiet: try settings.isOn("quiet"), isLoop: try settings.isOn("loop"), isLocal: isLocal)
    results.folder = settings.string("output-dir")
    if switches.isLoop, paths.contains("-") { throw UsageError("--loop: expected files, got standard input") }
    if let folder = results.folder {
      results.paths = try OutputNames.paths(for: paths, in: folder, output)
    } else if paths.count > 1 || switches.isLoop, !output.canBeJoined {
      throw settings.refuse(
        "output",
        allowed:
          "text, plain, utterances, json or jsonl for several files, or --output-dir DIR for a subtitle file each"
      )
    }
  }

  static var processors: Int { min(256, processorCount()) }

  /// How the bundled recording is sent.
  struct Playback {
    var chunkMilliseconds: Int
    var isLoop: Bool

    init(_ settings: Settings) throws(UsageError) {
      chunkMilliseconds = try settings.chunkMilliseconds()
      isLoop = try settings.isOn("loop")
    }
  }

  /// The bundled recording, at the pace of a microphone.
  init(playing path: String, for options: MicrophoneOptions, _ playback: Playback) {
    server = options.server
    spool = options.spool
    paths = [path]
    title = path.split(separator: "/").last.map(String.init)
    speed = .realtime
    chunkMilliseconds = playback.chunkMilliseconds
    conversion.encoding = options.isEncodingChosen ? options.format.encoding : nil
    duration = options.duration
    output = options.output
    jobs = 1
    switches = Switches(isQuiet: options.isQuiet, isLoop: playback.isLoop)
  }
}
