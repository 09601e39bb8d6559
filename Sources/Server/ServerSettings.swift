import CommandLine
import Glibc
import Platform
import WorkerLink

/// What the server was told to be.
struct ServerSettings {
  var host: String
  var port: Int
  /// Threads with clients and workers of their own.
  var loops: Int
  var workers: Int
  /// The engine of streams that name none.
  var engine: Engine
  /// The folder of the model for the engine speech; nil for the one set up with it.
  var model: String?
  var workerPath: String
  var logLevel: LogLevel
  var logFormat: LogFormat
  var shutdownTimeout: Duration
  var workerTimeout: Duration
  /// How long live chunks may wait for each other.
  var longestRest: Duration
  /// The private memory of a worker, in MiB.
  var workerMemory: Int
  /// The sound that may be held for clients, in MiB.
  var memoryBudget: Int
  var entrance: EntranceSettings

  /// The engines the workers load. The one for speech takes memory and half a second: only where it is wanted.
  var engines: [Engine] { engine == .speech || model != nil ? [.mock, .speech] : [.mock] }

  /// How a worker is started.
  var workerArguments: [String] {
    [
      "--descriptor", "3", "--log-level", logLevel.rawValue, "--log-format", logFormat.rawValue, "--engines",
      engines.map(\.rawValue).joined(separator: ","),
    ]
      + ["--memory-mb", "\(workerMemory)"] + (model.map { ["--model", $0] } ?? [])
  }

  static let flags =
    [
      Flag("host", "ADDRESS", variables: ["AUDIO_HOST"], fallback: "127.0.0.1", "Address or name to listen on."),
      Flag("port", "PORT", variables: ["AUDIO_PORT"], fallback: "8000", "Port to listen on; 0 takes a free one."),
      Flag(
        "loops", "N", variables: ["AUDIO_LOOPS"], fallback: "1",
        "Threads that share the connections; each has workers of its own."),
      Flag("workers", "N", variables: ["AUDIO_WORKERS"], "Worker processes; default is one for each loop."),
      Flag(
        "engine", "NAME", variables: ["AUDIO_ENGINE"], fallback: "mock",
        "The engine of streams that name none: mock or speech."),
      Flag(
        "model", "DIR", variables: ["AUDIO_MODEL"],
        "The model's folder for the engine speech, which is then enabled; default is the one Scripts/setup-speech brings."
      ),
      Flag(
        "worker-path", "PATH", variables: ["AUDIO_WORKER_PATH"],
        "The worker program; default is audio-worker beside this program."),
      Flag(
        "shutdown-timeout", "S", variables: ["AUDIO_SHUTDOWN_TIMEOUT"], fallback: "10",
        "Seconds to answer everything received before it ends."),
      Flag(
        "worker-timeout", "S", variables: ["AUDIO_WORKER_TIMEOUT"], fallback: "0.75",
        "Seconds without a sign of life after which a worker is killed and replaced."),
      Flag(
        "gather", "MS", variables: ["AUDIO_GATHER"], fallback: "15",
        "Milliseconds for which the chunks of live streams may wait for each other, when there are many; 0 answers each at once."
      ),
      Flag(
        "worker-memory", "MIB", variables: ["AUDIO_WORKER_MEMORY"], fallback: "4096",
        "The private memory a worker may have; one that wants more dies and is replaced."),
      Flag(
        "memory-budget", "MIB", variables: ["AUDIO_MEMORY_BUDGET"], fallback: "512",
        "Sound and replies held for all clients together; who holds more than their share is slowed, with all of it used nobody new is taken on."
      ),
      Flag(
        "log-level", "LEVEL", variables: ["AUDIO_LOG_LEVEL"], fallback: "info",
        "What is logged: error, warning, info or debug."),
      Flag("log-format", "FORMAT", variables: ["AUDIO_LOG_FORMAT"], fallback: "text", "text or json, one line each."),
    ] + EntranceSettings.flags + Flag.common

  static let help = """
    audio-server: takes audio over WebSocket and answers with its measure and its transcription.

    Usage: audio-server [flags]
           audio-server token …   who may use it: see audio-server token --help

    \(Flag.table(flags))

    A flag wins over its environment variable. Health is at GET /api/audio/health, the engines' state at GET
    /api/audio/engines, the stream at /api/audio/ws.
    Exit status: 0 everything received was answered; 1 it could not start, or something was left unanswered; 2 usage.
    """

  init(_ settings: Settings) throws(UsageError) {
    guard let given = settings.operands.first else {
      host = settings.string("host") ?? ""
      port = try settings.integer("port", in: 0...65_535) ?? 0
      guard let loops = try settings.integer("loops", in: 1...64),
        let engine = try settings.choice("engine", of: Engine.self),
        let logLevel = try settings.choice("log-level", of: LogLevel.self),
        let logFormat = try settings.choice("log-format", of: LogFormat.self),
        let shutdownTimeout = try settings.seconds("shutdown-timeout", in: 0...3600),
        let workerTimeout = try settings.seconds("worker-timeout", in: 0.5...3600),
        let gather = try settings.integer("gather", in: 0...100),
        let memoryBudget = try settings.integer("memory-budget", in: 32...1 << 20),
        let workerMemory = try settings.integer("worker-memory", in: 64...1 << 20)
      else { preconditionFailure("These flags have fallbacks.") }
      self.engine = engine
      model = settings.string("model")
      self.logLevel = logLevel
      self.logFormat = logFormat
      self.shutdownTimeout = shutdownTimeout
      self.workerTimeout = workerTimeout
      longestRest = .milliseconds(gather)
      self.workerMemory = workerMemory
      self.memoryBudget = memoryBudget
      workerPath =
        try settings.string("worker-path").map { path throws(UsageError) in
          guard access(path, X_OK) == 0 else {
            throw settings.refuse("worker-path", allowed: "the path of a program that can be run")
          }
          return path
        } ?? Self.besideThisProgram("audio-worker")
      self.loops = loops
      workers = try settings.integer("workers", in: 1...64) ?? loops
      guard workers >= loops else {
        throw settings.refuse("workers", allowed: "\(loops) to 64: each of --loops \(loops) has workers of its own")
      }
      entrance = try EntranceSettings(settings)
      if host.isEmpty { throw settings.refuse("host", allowed: "an address or a host name") }
      return
    }
    throw UsageError("\"\(given)\" was given; allowed are flags only, see --help")
  }

  private static func besideThisProgram(_ name: String) -> String {
    let folder = executablePath().split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
      separator: "/")
    return "\(folder)/\(name)"
  }
}
