import Broker
import CommandLine
import Glibc
import Platform

/// How the workers run.
struct WorkerSettings {
  var path: String
  /// Processes of all loops together; none if they are met at a broker.
  var count: Int
  /// The engines they load. Engines take memory and time to load, so only those that are wanted.
  var engines: [String]
  /// Those of them without which the server is not ready, in addition to the default.
  var required: [String]
  var speech: SpeechSettings
  /// Why models cannot be loaded, as far as that is known.
  var modelCheck = ModelCheck()
  /// How long a worker may be silent.
  var timeout: Duration
  /// Private memory a worker may use, in MiB.
  var memory: Int
  var uploads: UploadSettings

  /// Where they are met; nil: they are processes of this machine.
  var broker: BrokerSettings?

  static let brokerFlags = BrokerSettings.flags

  /// - Parameter engine: the engine of streams that name none.
  init(_ settings: Settings, engine: String, loops: Int) throws(UsageError) {
    guard let timeout = try settings.seconds("worker-timeout", in: 0.5...3600),
      let memory = try settings.integer("worker-memory", in: 64...1 << 20)
    else { preconditionFailure("These flags have defaults.") }
    self.timeout = timeout
    self.memory = memory
    uploads = try UploadSettings(settings)
    broker = try BrokerSettings(settings)
    count = try Self.count(settings, loops: loops, areDistant: broker != nil)
    speech = try SpeechSettings(settings, workers: max(1, count), memory: memory)
    // The mock answers heartbeats; a model is the engine speech's.
    engines = ["mock"] + (engine == "mock" ? [] : [engine])
    if !speech.models.isEmpty, !engines.contains("speech") { engines.append("speech") }
    let names = (settings.string("require-engine") ?? "").split(whereSeparator: { $0 == "," || $0 == " " })
    required = names.map(String.init)
    for name in required where !engines.contains(name) { engines.append(name) }
    path =
      try settings.string("worker-path").map { path throws(UsageError) in
        guard access(path.systemName, X_OK) == 0 else {
          throw settings.refuse("worker-path", allowed: "the path of an executable")
        }
        return path
      } ?? Self.worker(of: executablePath(), isThere: ExecutablePath.isExecutable)
  }

  private static func count(_ settings: Settings, loops: Int, areDistant: Bool) throws(UsageError) -> Int {
    if areDistant {
      guard try settings.integer("workers", in: 0...64) ?? 0 == 0 else {
        throw settings.refuse("workers", allowed: "0 with --broker, where audio-worker has its own --workers")
      }
      return 0
    }
    let count = try settings.integer("workers", in: 1...64) ?? loops
    guard count >= loops else {
      throw settings.refuse("workers", allowed: "\(loops) to 64, at least one for each of --loops \(loops)")
    }
    return count
  }

  /// How many each loop has.
  func division(over loops: Int) -> [Int] {
    count == 0 ? Array(repeating: 0, count: loops) : WorkerDivision.divide(count, over: loops)
  }

  /// Command line of a worker.
  func arguments(logLevel: LogLevel, logFormat: LogFormat) -> [String] {
    [
      "--descriptor", "3", "--log-level", logLevel.rawValue, "--log-format", logFormat.rawValue,
      "--engines", engines.joined(separator: ","), "--memory-mb", "\(memory)",
    ] + (engines.contains("speech") ? speech.workerArguments : []) + speech.arguments + modelCheck.arguments
  }

  /// Has models that the operator brought loaded once, in a process that may be ended by them, before any worker is.
  mutating func checkModels() {
    guard speech.models.contains(where: { access($0.systemName, F_OK) == 0 }) else { return }
    modelCheck = loadedModels()
  }

  /// What a worker's attempt to load the models reports.
  func loadedModels() -> ModelCheck {
    ModelCheck.run(
      path: path, arguments: ["--check", "--engines", "speech", "--memory-mb", "\(memory)"] + speech.arguments)
  }

  /// The worker's path: beside the server in a build folder or an image, else where an installed one has it.
  static func worker(of server: String, isThere: (String) -> Bool) -> String {
    let folders = server.split(separator: "/").dropLast()
    let beside = "/" + (folders + ["audio-worker"]).joined(separator: "/")
    let installed = "/" + (folders.dropLast() + ["lib/audio-service/audio-worker"]).joined(separator: "/")
    return !isThere(beside) && isThere(installed) ? installed : beside
  }
}
