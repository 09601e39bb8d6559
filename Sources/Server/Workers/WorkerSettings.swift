import CommandLine
import Glibc
import Platform

/// How the workers run.
struct WorkerSettings {
  var path: String
  /// Processes of all loops together.
  var count: Int
  /// The engines they load. Engines take memory and time to load, so only those that are wanted.
  var engines: [String]
  /// Those of them without which the server is not ready, in addition to the default.
  var required: [String]
  /// Model folder of the engine `speech`; nil for the model that was installed with it.
  var model: String?
  /// Why that model cannot be loaded; nil if it can, or is not known yet.
  var modelProblem: String?
  /// Folder of the engine `speech`; nil if a worker finds it itself.
  var speechHome: String?
  /// How long a worker may be silent.
  var timeout: Duration
  /// Private memory a worker may use, in MiB.
  var memory: Int
  var uploads: UploadSettings

  /// - Parameter engine: the engine of streams that name none.
  init(_ settings: Settings, engine: String, loops: Int) throws(UsageError) {
    guard let timeout = try settings.seconds("worker-timeout", in: 0.5...3600),
      let memory = try settings.integer("worker-memory", in: 64...1 << 20)
    else { preconditionFailure("These flags have defaults.") }
    self.timeout = timeout
    self.memory = memory
    uploads = try UploadSettings(settings)
    model = settings.string("model")
    speechHome = settings.string("speech-home")
    // The mock answers heartbeats; a model is the engine speech's.
    engines = ["mock"] + (engine == "mock" ? [] : [engine])
    if model != nil, !engines.contains("speech") { engines.append("speech") }
    let names = (settings.string("require-engine") ?? "").split(whereSeparator: { $0 == "," || $0 == " " })
    required = names.map(String.init)
    for name in required where !engines.contains(name) { engines.append(name) }
    path =
      try settings.string("worker-path").map { path throws(UsageError) in
        guard access(path.systemName, X_OK) == 0 else {
          throw settings.refuse("worker-path", allowed: "the path of an executable")
        }
        return path
      } ?? Self.besideThisProgram("audio-worker")
    count = try settings.integer("workers", in: 1...64) ?? loops
    guard count >= loops else {
      throw settings.refuse("workers", allowed: "\(loops) to 64, at least one for each of --loops \(loops)")
    }
  }

  /// Command line of a worker.
  func arguments(logLevel: LogLevel, logFormat: LogFormat) -> [String] {
    [
      "--descriptor", "3", "--log-level", logLevel.rawValue, "--log-format", logFormat.rawValue,
      "--engines", engines.joined(separator: ","), "--memory-mb", "\(memory)",
    ] + speechArguments + (modelProblem.map { ["--model-problem", $0] } ?? [])
  }

  private var speechArguments: [String] {
    (model.map { ["--model", $0] } ?? []) + (speechHome.map { ["--speech-home", $0] } ?? [])
  }

  /// Has a model that the operator brought loaded once, in a process that may be ended by it, before any worker is.
  mutating func checkModel() {
    guard model != nil else { return }
    modelProblem = ModelCheck.problem(
      path: path, arguments: ["--check", "--engines", "speech", "--memory-mb", "\(memory)"] + speechArguments)
  }

  private static func besideThisProgram(_ name: String) -> String {
    executablePath().split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
      + "/\(name)"
  }
}
