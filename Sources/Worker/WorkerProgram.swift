internal import CLinux
internal import Flags
internal import Glibc
internal import WorkerLink

/// `audio-worker`: started by the server, one link in, the same link out.
@main struct WorkerProgram {
  static func main() {
    let flags =
      [
        Flag(
          "descriptor", "N", fallback: "3", "The link to the server: a connected stream socket that is open already."),
        Flag(
          "log-level", "LEVEL", variables: ["AUDIO_LOG_LEVEL"], fallback: "info", "error, warning, info or debug."),
      ] + Flag.common
    do {
      let settings = try Settings(flags, arguments: Array(CommandLine.arguments.dropFirst())) { name in
        getenv(name).map { String(cString: $0) }
      }
      if try settings.isOn("help") {
        print("audio-worker [flags]: measures and recognises sound for the audio-server that starts it.\n")
        return print(Flag.table(flags))
      }
      if try settings.isOn("version") { return print("audio-worker \(serviceVersion)") }
      guard let descriptor = try settings.integer("descriptor", in: 0...65_535),
        let level: LogLevel = try settings.choice("log-level")
      else { preconditionFailure("both flags have fallbacks") }
      try run(Int32(descriptor), log: WorkerLog(level: level))
    } catch let error as UsageError {
      leave("\(error)", code: 2)
    } catch {
      leave("\(error)", code: 1)
    }
  }

  private static func run(_ descriptor: Int32, log: WorkerLog) throws(WorkerLinkError) {
    let parent = getppid()
    // However the server dies, and whatever an engine is busy with then, nothing of it stays behind.
    guard linux_signal_when_parent_dies(SIGKILL) == 0 else { throw .system(call: "prctl", errno: errno) }
    // It died before the kernel had been told.
    guard getppid() == parent else { return }
    signal(SIGINT, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    let loop = try WorkerLoop(
      socket: LinkSocket(owning: descriptor), termination: TerminationSignal(), engines: Engines(), log: log)
    log.debug("started on descriptor \(descriptor)")
    try loop.run()
    log.debug("finished")
  }

  private static func leave(_ message: String, code: Int32) -> Never {
    WorkerLog(level: .error).error(message)
    exit(code)
  }
}
