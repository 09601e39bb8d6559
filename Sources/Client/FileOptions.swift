import Flags

/// What `file` was asked for.
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
