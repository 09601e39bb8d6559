internal import Broker
internal import CLinux
internal import CommandLine
internal import EngineSherpa
internal import Glibc
internal import IO
internal import JSON
internal import Platform
internal import Recognition
internal import Transports
internal import WorkerLink

/// `audio-worker`: started by the server, with which it talks over one link.
@main struct WorkerProgram {
  static let flags =
    [
      Flag(
        "descriptor", "N", fallback: "3", "Link to the server: a connected stream socket that is already open."),
      Flag(
        "engines", "NAMES", variables: ["AUDIO_ENGINES"], fallback: "mock",
        "Engines to load, separated by commas: \(engineNames)."),
      Flag(
        "models", "NAMES", variables: ["AUDIO_MODELS"],
        "Models of the speech engine, separated by commas: names of those that Scripts/setup-speech installed, or folders. Default: all of the former."
      ),
      Flag("model", "DIR", variables: ["AUDIO_MODEL"], "The same for one."),
      Flag(
        "language", "CODE", variables: ["AUDIO_LANGUAGE"],
        "Language of streams that name none, such as en, or auto for whichever is spoken."),
      Flag(
        "decode-threads", "N", variables: ["AUDIO_DECODE_THREADS"], fallback: "1",
        "Utterances that the speech engine decodes at the same time, each on a thread with its own copy of the model."),
      Flag(
        "model-idle", "S", variables: ["AUDIO_MODEL_IDLE"], fallback: "300",
        "Seconds after which a model that no stream uses is given back, but not that of streams that name none."),
      Flag(
        "model-memory-mib", "MIB", variables: ["AUDIO_MODEL_MEMORY_MIB"],
        "Heap of this process above which such models are given back sooner, when another is loaded. Default: none."),
      Flag(
        "speech-home", "DIR", variables: ["AUDIO_SPEECH_HOME"],
        "Folder that Scripts/setup-speech filled. Default: speech next to an installed worker, ../lib/audio-service/speech relative to this program, or .deps/speech in a folder above it."
      ),
      Flag("speech-problem", "TEXT", "Why the speech engine cannot be loaded, found by --check before."),
      Flag(
        "model-problems", "JSON", "Why some of these models cannot be loaded, by name, found by --check before."),
      Flag(
        "memory-mb", "MIB", variables: ["AUDIO_WORKER_MEMORY"],
        "Private memory a worker may use; one that needs more dies, and is replaced. Default: 4096 with --broker, otherwise no limit."
      ),
      Flag("check", "Load the engines, print their state as JSON, and exit: 0 if all are ready, otherwise 1."),
      Flag(
        "decode",
        "Decode the audio file that is open as the descriptor to WAV on standard output, and exit: 0 if all was decoded, otherwise 1 with the reason on standard error."
      ),
      Flag("ffmpeg", "PATH", "With --decode: the ffmpeg for kinds that libsndfile does not read. Default: none."),
      Flag(
        "piped", "KIND",
        "With --decode: the descriptor is a pipe, by which a file of this kind comes (matroska, ogg, …), for ffmpeg to decode."
      ),
      Flag("probe", "Like --check, in this process even if a model ends it; used by --check itself."),
      Flag(
        "log-level", "LEVEL", variables: ["AUDIO_LOG_LEVEL"], fallback: "info",
        "Least severe level to log: error, warning, info or debug."),
      Flag(
        "log-format", "FORMAT", variables: ["AUDIO_LOG_FORMAT"], fallback: "text",
        "Format of log lines on standard error: text or json."),
    ] + BrokerSettings.flags + [
      Flag(
        "workers", "N", variables: ["AUDIO_WORKERS"], fallback: "1",
        "With --broker: worker processes to start and keep."),
      Flag(
        "capacity", "N", variables: ["AUDIO_CAPACITY"], fallback: "1000",
        "With --broker: streams for each worker at most. When all are full, new clients are refused with 503."),
      Flag.config(variable: "AUDIO_WORKER_CONFIG"),
      Flag("worker-name", "NAME", "Name of this process at the broker, given by the parent that started it."),
    ] + Flag.common

  static func main() {
    var log = Log(level: .error, format: .text, program: name)
    do {
      let settings = try Settings(
        flags, arguments: programArguments, environment: environmentVariable,
        file: ConfigFile.Source(flags) { path in
          Result { try SmallFile.bytes(of: path, upTo: ConfigFile.maximumBytes) }
        })
      if try settings.isOn("help") {
        print(
          "audio-worker [flags]: measures and recognizes audio for the audio-server that starts it, or meets it at a broker.\n"
        )
        return print(Flag.table(flags, width: helpColumns()))
      }
      if try settings.isOn("version") { return print("audio-worker \(serviceVersion)") }
      let names = try engines(settings)
      var options = EngineOptions(
        models: settings.names("models") + (settings.string("model").map { [$0] } ?? []),
        language: settings.string("language"), modelProblems: modelProblems(settings),
        decodeThreads: try settings.integer("decode-threads", in: 1...64) ?? 1, modelMemory: try modelMemory(settings),
        speechHome: settings.string("speech-home"), speechProblem: settings.string("speech-problem"))
      let memoryBytes = try settings.integer("memory-mb", in: 64...1 << 20).map { $0 << 20 }
      if try settings.isOn("decode") {
        guard let descriptor = try settings.integer("descriptor", in: 0...65_535) else { return }
        let decoder = FileDecoder(
          descriptor: Int32(descriptor), piped: try settings.choice("piped"), ffmpeg: settings.string("ffmpeg"),
          memoryBytes: memoryBytes)
        exit(try decoder.run())
      }
      options.loadsAll = true
      if try settings.isOn("probe") { return try check(names, options, memoryBytes: memoryBytes) }
      if try settings.isOn("check") {
        if names.contains("speech") {
          options.modelProblems = ModelProbe.problems(
            options.models, speechHome: options.speechHome, memory: settings.string("memory-mb"))
        }
        return try check(names, options, memoryBytes: memoryBytes)
      }
      options.loadsAll = false
      guard let descriptor = try settings.integer("descriptor", in: 0...65_535),
        let level = try settings.choice("log-level", of: LogLevel.self),
        let format = try settings.choice("log-format", of: LogFormat.self)
      else { preconditionFailure("These flags have fallbacks.") }
      (log.level, log.format) = (level, format)
      if let broker = try BrokerSettings(settings) { return try runMachine(broker, settings, names, log) }
      guard fcntl(Int32(descriptor), F_GETFD) >= 0 else {
        throw UsageError("expected --broker nats://HOST:PORT, or to be started by audio-server")
      }
      try run(Int32(descriptor), log: log, names, options, memoryBytes: memoryBytes, distant: try distant(settings))
    } catch let error as UsageError {
      leave("\(error)", code: 2, log)
    } catch {
      leave("\(error)", code: 1, log)
    }
  }

  private static let name = "audio-worker"
  private static let engineNames = EngineCatalog.all.map(\.name).joined(separator: ", ")

  private static func engines(_ settings: Settings) throws(UsageError) -> [String] {
    let names = (settings.string("engines") ?? "").split(separator: ",").map(String.init)
    let known = EngineCatalog.all.map(\.name)
    guard !names.isEmpty, names.allSatisfy(known.contains) else {
      throw settings.refuse("engines", allowed: engineNames)
    }
    return names
  }

  /// Prints the state of the named engines, for scripts.
  private static func check(
    _ names: [String], _ options: EngineOptions, memoryBytes: Int?
  ) throws(WorkerLinkError) {
    var options = options
    let readable = EngineCatalog.prepare(names, &options)
    _ = try Sandbox.enter(.init(readable: readable, memoryBytes: memoryBytes))
    let statuses = EngineCatalog(loading: names, options).statuses.filter { names.contains($0.name) }
    let states = statuses.map { status in
      var members: [JSONValue.Member] = [.init(key: "engine", value: .string(status.name))]
      switch status.state {
      case .ready:
        members.append(.init(key: "state", value: .string("ready")))
        if !status.models.isEmpty {
          members.append(.init(key: "models", value: .array(status.models.map(Self.report))))
        }
      case .unavailable(let reason):
        members.append(.init(key: "state", value: .string("unavailable")))
        members.append(.init(key: "reason", value: .string(reason)))
      }
      return JSONValue.object(members)
    }
    var report = JSONObject()
    report.add("engines", .array(states))
    print(report.text)
    let problems = statuses.flatMap(\.models).compactMap(\.problem)
    if !problems.isEmpty || statuses.contains(where: { $0.state != .ready }) { exit(1) }
  }

  private static func report(_ model: EngineModel) -> JSONValue {
    let state = model.problem == nil ? "ready" : "unavailable"
    let reason = model.problem.map { [JSONValue.Member(key: "reason", value: .string($0))] } ?? []
    return .object(
      [.init(key: "model", value: .string(model.name)), .init(key: "state", value: .string(state))] + reason)
  }

  private static func modelMemory(_ settings: Settings) throws(UsageError) -> SpeechEngine.Memory {
    var memory = SpeechEngine.Memory()
    if let idle = try settings.seconds("model-idle", in: 1...1e6) { memory.idle = idle }
    memory.limitBytes = try settings.integer("model-memory-mib", in: 1...1 << 20).map { $0 << 20 }
    return memory
  }

  private static func modelProblems(_ settings: Settings) -> [String: String] {
    guard let text = settings.string("model-problems"),
      case .object(let members)? = try? JSONValue(parsing: text)
    else { return [:] }
    return Dictionary(members.map { ($0.key, $0.value.string ?? "") }) { first, _ in first }
  }

  /// In MiB, of each worker of a machine: as much as audio-server gives its own.
  private static let machineMemory = 4096

  /// Starts the workers of a machine, and returns when they have left.
  private static func runMachine(
    _ broker: BrokerSettings, _ settings: Settings, _ names: [String], _ log: Log
  ) throws {
    signal(SIGPIPE, SIG_IGN)
    // It has the password at the broker.
    _ = linux_forbid_dumps()
    guard let workers = try settings.integer("workers", in: 1...64), try distant(settings, name: "") != nil else {
      preconditionFailure("This flag has a fallback.")
    }
    // The mock answers heartbeats.
    let engines = names.contains("mock") ? names : ["mock"] + names
    var arguments = ["--engines", engines.joined(separator: ",")]
    let passed = [
      "models", "model", "language", "speech-home", "speech-problem", "model-problems", "decode-threads", "model-idle",
      "model-memory-mib", "log-level", "log-format", "capacity",
    ]
    for name in passed { if let value = settings.string(name) { arguments += ["--\(name)", value] } }
    arguments += ["--memory-mb", settings.string("memory-mb") ?? "\(machineMemory)"]
    try WorkerMachine(.init(broker: broker, workers: workers, arguments: arguments), log: log).run()
  }

  /// A worker that gateways reach over a broker.
  private struct Distant {
    var name: String
    var capacity: Int
  }

  private static func distant(_ settings: Settings, name: String? = nil) throws(UsageError) -> Distant? {
    guard let name = name ?? settings.string("worker-name"),
      let capacity = try settings.integer("capacity", in: 1...100_000)
    else { return nil }
    return Distant(name: name, capacity: capacity)
  }

  private static func run(
    _ descriptor: Int32, log: Log, _ names: [String], _ options: EngineOptions, memoryBytes: Int?, distant: Distant?
  ) throws(WorkerLinkError) {
    signal(SIGINT, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    let socket = try FrameSocket(owning: descriptor, borrowing: SharedMemory(inherited: descriptor + 1))
    let termination = try TerminationSignal()
    var options = options
    let readable = EngineCatalog.prepare(names, &options)
    let sandbox = try Sandbox.enter(
      .init(readable: readable, memoryBytes: memoryBytes, receivesDescriptors: distant != nil))
    options.isDistant = distant != nil
    let engines = EngineCatalog(loading: names, options)
    if let distant {
      tellProblems(of: engines.statuses.filter { names.contains($0.name) }, log)
      var loop = DistantLoop(
        control: socket.descriptor, name: distant.name, capacity: distant.capacity, termination: termination,
        engines: engines, sandbox: sandbox, log: log)
      log.write(.debug, "started as \(distant.name)")
      try loop.run()
      // The descriptor is the socket's.
      withExtendedLifetime(socket) {}
      return log.write(.debug, "finished")
    }
    var loop = try WorkerLoop(
      socket: socket, termination: termination, engines: engines, sandbox: sandbox, log: log)
    log.write(.debug, "started on descriptor \(descriptor)")
    try loop.run()
    log.write(.debug, "finished")
  }

  /// The server has told an operator of these where it starts its workers itself.
  private static func tellProblems(of engines: [EngineStatus], _ log: Log) {
    for engine in engines {
      if case .unavailable(let reason) = engine.state {
        log.write(.error, "engine unavailable", ["engine": .string(engine.name), "reason": .string(reason)])
      }
      for case (let model, let problem?) in engine.models.map({ ($0.name, $0.problem) }) {
        log.write(.error, "model unavailable", ["model": .string(model), "reason": .string(problem)])
      }
    }
  }

  private static func leave(_ message: String, code: Int32, _ log: Log) -> Never {
    log.write(.error, message)
    exit(code)
  }
}
