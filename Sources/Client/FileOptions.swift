import CommandLine
import Glibc

/// What `file` was asked for.
struct FileOptions {
  var server: ServerOptions
  var spool: SpoolOptions
  var paths: [String]
  /// What the only path is called on the screen, where that is not what the user calls it.
  var title: String?
  var speed: Speed
  var chunkMilliseconds: Int
  var duration: Duration?
  var output: OutputKind
  /// Files sent at once.
  var jobs: Int
  /// Where each source gets a file of its own, and what those are called.
  var outputFolder: String?
  var outputPaths: [String] = []

  init(_ settings: Settings) throws(UsageError) {
    server = try ServerOptions(settings)
    spool = try SpoolOptions(settings)
    paths = settings.operands
    guard !paths.isEmpty else { throw UsageError("file: no path was given; allowed are audio files, and - for stdin") }
    guard paths.count(where: { $0 == "-" }) <= 1 else {
      throw UsageError("file: \"-\" was given more than once; stdin can be read once")
    }
    guard let speed = Speed(settings.string("speed") ?? "realtime") else {
      throw settings.refuse(
        "speed",
        allowed: "realtime, fast, or a factor from \(Speed.factors.words)")
    }
    self.speed = speed
    chunkMilliseconds = try settings.chunkMilliseconds()
    output = try settings.choice("output") ?? .text
    // A connection is little beside a worker's model; more than this no server has cores for.
    jobs = try settings.integer("jobs", in: 1...256) ?? (speed == .fast ? Self.processors : 1)
    outputFolder = settings.string("output-dir")
    if let outputFolder {
      outputPaths = try OutputNames.paths(for: paths, in: outputFolder, output)
    } else if paths.count > 1, !output.canBeJoined {
      throw settings.refuse(
        "output",
        allowed:
          "text, json or jsonl for several files: their subtitles make no one file; --output-dir DIR gives each its own"
      )
    }
  }

  private static var processors: Int { min(256, max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  /// The bundled recording, at the pace of a microphone.
  init(playing path: String, for options: MicrophoneOptions, chunkMilliseconds: Int) {
    server = options.server
    spool = options.spool
    paths = [path]
    title = path.split(separator: "/").last.map(String.init)
    speed = .realtime
    self.chunkMilliseconds = chunkMilliseconds
    duration = options.duration
    output = options.output
    jobs = 1
  }
}
