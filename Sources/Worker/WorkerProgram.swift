internal import CLinux
internal import CommandLine
internal import Glibc
internal import JSON
internal import Platform
internal import WorkerLink

/// `audio-worker`: started by the server, one link in, the same link out.
@main struct WorkerProgram {
  static func main() {
    let flags =
      [
        Flag(
          "descriptor", "N", fallback: "3", "The link to the server: a connected stream socket that is open already."),
        Flag("engines", "NAMES", fallback: "mock", "The engines to load, with commas between: mock, speech."),
        Flag(
          "model", "DIR", variables: ["AUDIO_MODEL"],
          "The folder of the model for the engine speech; default is the one Scripts/setup-speech brings."),
        Flag("memory-mb", "MIB", "The private memory it may have; left out: as much as there is."),
        Flag("check", "Load the engines, tell their state as JSON, and exit: 0 if all are ready, otherwise 1."),
        Flag("trial", "Like --check, in this very process even if a model ends it; for the worker's own use."),
        Flag(
          "log-level", "LEVEL", variables: ["AUDIO_LOG_LEVEL"], fallback: "info", "error, warning, info or debug."),
        Flag("log-format", "FORMAT", variables: ["AUDIO_LOG_FORMAT"], fallback: "text", "text or json, one line each."),
      ] + Flag.common
    var log = Log(level: .error, format: .text, program: "audio-worker")
    do {
      let settings = try Settings(
        flags, arguments: Array(CommandLine.arguments.dropFirst()), environment: environmentVariable)
      if try settings.isOn("help") {
        print("audio-worker [flags]: measures and recognises sound for the audio-server that starts it.\n")
        return print(Flag.table(flags))
      }
      if try settings.isOn("version") { return print("audio-worker \(serviceVersion)") }
      let names = try engineNames(settings)
      let model = settings.string("model")
      if try settings.isOn("trial") {
        // Whoever waits for the outcome may die first.
        _ = linux_signal_when_parent_dies(SIGKILL)
        return check(Engines(loading: names, model: model, isTrial: true))
      }
      if try settings.isOn("check") { return check(Engines(loading: names, model: model)) }
      guard let descriptor = try settings.integer("descriptor", in: 0...65_535),
        let level: LogLevel = try settings.choice("log-level"),
        let format: LogFormat = try settings.choice("log-format")
      else { preconditionFailure("these flags have fallbacks") }
      log.format = format
      log.level = level
      let memory = try settings.integer("memory-mb", in: 64...1 << 20)
      try Confinement.begin(memoryBytes: memory.map { $0 << 20 })
      try run(Int32(descriptor), log: log, names, model: model)
    } catch let error as UsageError {
      leave("\(error)", code: 2, log)
    } catch {
      leave("\(error)", code: 1, log)
    }
  }

  private static func engineNames(_ settings: Settings) throws(UsageError) -> [Engine] {
    let names = (settings.string("engines") ?? "").split(separator: ",").map { Engine(rawValue: String($0)) }
    guard !names.isEmpty, !names.contains(nil) else {
      throw settings.refuse("engines", allowed: Engine.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return names.compactMap(\.self)
  }

  private static func check(_ engines: Engines) {
    var report = JSONObject()
    report.add("engines", engines.report)
    print(report.text)
    if !engines.allProblems.isEmpty { exit(1) }
  }

  private static func run(
    _ descriptor: Int32, log: Log, _ names: [Engine], model: String?
  ) throws(WorkerLinkError) {
    let parent = getppid()
    // However the server dies, and whatever an engine is busy with then, nothing of it stays behind.
    guard linux_signal_when_parent_dies(SIGKILL) == 0 else { throw .system(call: "prctl", errno: errno) }
    // It died before the kernel had been told.
    guard getppid() == parent else { return }
    signal(SIGINT, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    let socket = try LinkSocket(owning: descriptor)
    let termination = try TerminationSignal()
    let engines = Engines(loading: names, model: model)
    let loop = try WorkerLoop(socket: socket, termination: termination, engines: engines, log: log)
    log.write(.debug, "started on descriptor \(descriptor)")
    try loop.run()
    log.write(.debug, "finished")
  }

  private static func leave(_ message: String, code: Int32, _ log: Log) -> Never {
    log.write(.error, message)
    exit(code)
  }
}
