import CommandLine
import Platform

/// How the server runs.
struct ServerSettings {
  var host: String
  var port: Int
  /// Threads, each with its own clients and workers.
  var loops: Int
  /// Engine of streams that name none.
  var engine: String
  var workers: WorkerSettings
  var log: Log
  var shutdownTimeout: Duration
  /// How long chunks of live streams may wait to be processed together.
  var batchWindow: Duration
  var overload: OverloadSettings
  var entrance: EntranceSettings
  /// Nil: no journal is kept.
  var journal: JournalSettings?
  /// What all of these were read from.
  var given: Settings

  static let config = Flag.config(variable: "AUDIO_CONFIG")

  private static let basics = [
    config,
    Flag(
      "host", "ADDRESS", variables: ["AUDIO_HOST"], fallback: "127.0.0.1",
      "Address or host name to listen on, or the path of a Unix socket: /run/audio.sock."),
    Flag("port", "PORT", variables: ["AUDIO_PORT"], fallback: "8000", "Port to listen on; 0 picks a free one."),
    Flag(
      "workers", "N", variables: ["AUDIO_WORKERS"],
      "Worker processes. A stream stays on one; a new stream goes to the least loaded. Default: one per loop; with --broker none, and no other number."
    ),
    Flag(
      "engine", "NAME", variables: ["AUDIO_ENGINE"], choices: ["mock", "speech"],
      "Engine of streams that name none, such as mock or speech. Default: that of --default-engine."),
    Flag(
      "require-engine", "NAME", variables: ["AUDIO_REQUIRE_ENGINE"],
      "Engines, separated by commas, that this server must have besides the default: they are enabled, and while one is unavailable, /api/audio/ready answers 503."
    ),
    Flag(
      "models", "NAMES", variables: ["AUDIO_MODELS"],
      "Models of the speech engine, separated by commas: names of those that Scripts/setup-speech installed, or folders; also enables it. Default: all of the former."
    ),
    Flag("model", "DIR", variables: ["AUDIO_MODEL"], "The same for one model."),
    Flag(
      "language", "CODE", variables: ["AUDIO_LANGUAGE"],
      "Language of speech streams that name none, such as en, or auto for whichever is spoken. Default: auto if a model can tell, else the model's own."
    ),
    Flag(
      "log-level", "LEVEL", variables: ["AUDIO_LOG_LEVEL"], fallback: "info",
      choices: ["error", "warning", "info", "debug"],
      "Least severe level to log: error, warning, info or debug."),
    Flag(
      "log-format", "FORMAT", variables: ["AUDIO_LOG_FORMAT"], fallback: "text", choices: ["text", "json"],
      "Format of log lines on standard error: text or json."),
  ]

  private static let advanced = [
    Flag(
      "default-engine", "NAME", variables: ["AUDIO_DEFAULT_ENGINE"], fallback: "mock", choices: ["mock", "speech"],
      "Engine where --engine names none, in the configuration file neither: a package says here what it has brought."),
    Flag(
      "batch-window", "MS", variables: ["AUDIO_BATCH_WINDOW"],
      former: .init(flag: "gather", variable: "AUDIO_GATHER"), fallback: "15",
      "Milliseconds to wait so that chunks of many live streams are processed together. Active above about 130 chunks per second, where it more than halves CPU use; 0 disables it."
    ),
    Flag(
      "worker-timeout", "S", variables: ["AUDIO_WORKER_TIMEOUT"], fallback: "0.75",
      "Seconds without a heartbeat after which a worker is killed and replaced; four times as long while it processes a chunk that has already crashed a worker."
    ),
    Flag(
      "worker-memory", "MIB", variables: ["AUDIO_WORKER_MEMORY"], fallback: "4096",
      "Private memory a worker may use; a worker that needs more dies and is replaced."),
    Flag(
      "memory-budget", "MIB", variables: ["AUDIO_MEMORY_BUDGET"], fallback: "512",
      "Limit for all buffered audio and replies. A client over its share is throttled; when the budget is used up, new streams are refused with 503."
    ),
    Flag(
      "worker-path", "PATH", variables: ["AUDIO_WORKER_PATH"],
      "Worker program. Default: audio-worker next to this program, or in ../lib/audio-service."),
    Flag(
      "speech-home", "DIR", variables: ["AUDIO_SPEECH_HOME"],
      "Folder that Scripts/setup-speech filled. Default: found relative to the worker program."),
    Flag(
      "shutdown-timeout", "S", variables: ["AUDIO_SHUTDOWN_TIMEOUT"], fallback: "10",
      "Seconds to answer everything received before the server exits."),
    Flag(
      "loops", "N", variables: ["AUDIO_LOOPS"], fallback: "1",
      "Threads that share the connections, each with its own workers, for machines where one thread is not enough."),
  ]

  static let groups: [(title: String, flags: [Flag])] = [
    ("Flags", basics + Flag.common), ("Access and connections", EntranceSettings.flags),
    ("Uploads", UploadSettings.flags), ("Journal", JournalSettings.flags),
    ("Several machines", WorkerSettings.brokerFlags),
    ("Advanced", advanced + SpeechSettings.flags + OverloadSettings.flags),
  ]

  static let flags = groups.flatMap(\.flags)

  /// The configuration file.
  static let file = ConfigFile.Source(flags) { path in
    Result { try SmallFile.bytes(of: path, upTo: ConfigFile.maximumBytes) }
  }

  /// As the command line, the environment and the configuration file have them now.
  static func read(_ arguments: [String] = Manual.resolvingHelp(programArguments)) throws(UsageError) -> Settings {
    try Settings(flags, arguments: arguments, environment: environmentVariable, file: file)
  }

  init(_ settings: Settings) throws(UsageError) {
    if let given = settings.operands.first {
      let nearest = Spelling.nearest(
        to: given, among: ["token", "certificate", "broker", "check-config", "help", "completion", "man"])
      throw UsageError("expected flags only, got \"\(given)\"" + (nearest.map { " (did you mean \($0)?)" } ?? ""))
    }
    guard let host = settings.string("host"), let port = try settings.integer("port", in: 0...65_535),
      let loops = try settings.integer("loops", in: 1...64),
      let engine = settings.string("engine") ?? settings.string("default-engine"),
      let logLevel = try settings.choice("log-level", of: LogLevel.self),
      let logFormat = try settings.choice("log-format", of: LogFormat.self),
      let shutdownTimeout = try settings.seconds("shutdown-timeout", in: 0...3600),
      let batchWindow = try settings.integer("batch-window", in: 0...100)
    else { preconditionFailure("These flags have defaults.") }
    guard !host.isEmpty else { throw settings.refuse("host", allowed: "an address or a host name") }
    self.host = host
    self.port = port
    self.loops = loops
    self.engine = engine
    log = Log(level: logLevel, format: logFormat)
    given = settings
    self.shutdownTimeout = shutdownTimeout
    self.batchWindow = .milliseconds(batchWindow)
    workers = try WorkerSettings(settings, engine: engine, loops: loops)
    overload = try OverloadSettings(settings)
    entrance = try EntranceSettings(settings)
    journal = try JournalSettings(settings)
    guard journal == nil || workers.broker == nil else {
      throw settings.refuse("journal", allowed: "none with --broker, where the workers keep the sessions")
    }
  }

  /// What to open in a browser; nil if there is no page, or no browser can reach it.
  func pageAddress(port: Int) -> String? {
    guard entrance.page != .none, !host.hasPrefix("/") else { return nil }
    // No address of its own: browsers on this machine find it there.
    let isAnywhere = ["0.0.0.0", "::"].contains(host)
    let name = isAnywhere ? "localhost" : urlHost
    return "http\(entrance.certificate == nil ? "" : "s")://\(name):\(port)/"
  }

  /// Where the server is, once it has this port.
  func address(port: Int) -> String {
    if host.hasPrefix("/") { return host }
    return "http\(entrance.certificate == nil ? "" : "s")://\(urlHost):\(port)"
  }

  /// The host as addresses have it: IPv6 in brackets.
  var urlHost: String { host.contains(":") ? "[\(host)]" : host }
}
