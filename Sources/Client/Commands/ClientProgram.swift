import Capture
import CommandLine
import Glibc
import IO
import Platform
import SpeechClient

@main
struct ClientProgram {
  static func main() {
    holdStandardDescriptors()
    StandardError.hideLibraries()
    // A closed pipe is noticed by the write that fails.
    signal(SIGPIPE, SIG_IGN)
    let arguments = Manual.resolvingHelp(programArguments)
    do throws(UsageError) {
      exit(try run(arguments).rawValue)
    } catch {
      let command = arguments.first.flatMap(Command.init).map { "\($0) " } ?? ""
      Console().note("audio-client: \(error.message); see audio-client \(command)--help")
      exit(ExitStatus.usage.rawValue)
    }
  }

  private static func run(_ arguments: [String]) throws(UsageError) -> ExitStatus {
    guard let word = arguments.first, !word.hasPrefix("-") else { return try runDefault(arguments) }
    if let text = try Help.manual.answer(to: arguments) { return write(text) }
    guard let command = Command(rawValue: word) else { throw unknown(word) }
    let settings = try Settings(
      ClientFlags.flags(of: command), arguments: Array(arguments.dropFirst()), environment: environmentVariable)
    if try settings.isOn("help") { return write(Help.text(for: command, width: helpColumns())) }
    if try settings.isOn("version") { return write("audio-client \(serviceVersion)") }
    if command != .file { try refuseOperands(settings, of: word) }
    switch command {
    case .devices: return DevicesCommand.run(try DevicesOptions(settings), console: Console())
    case .mic: return record(try MicrophoneOptions(settings))
    case .file:
      let options = try FileOptions(settings)
      guard !options.paths.contains("-") || isatty(STDIN_FILENO) == 0 else {
        throw UsageError("file: expected a pipe or a file on standard input, got a terminal")
      }
      return send(options)
    case .simulate:
      let options = try SimulationOptions(settings)
      return withRuntime(options.server) { SimulateCommand(runtime: $0, options: options).run() }
    }
  }

  private static func unknown(_ word: String) -> UsageError {
    guard access(word, R_OK) != 0 else {
      return UsageError("expected a command, got the file \"\(word)\" (did you mean file \(word)?)")
    }
    return UsageError("", unknown: word, among: Command.allCases.map(\.rawValue) + ["help", "completion", "man"])
  }

  private static func refuseOperands(_ settings: Settings, of command: String) throws(UsageError) {
    guard let operand = settings.operands.first else { return }
    throw UsageError("\(command): expected only flags, got \"\(operand)\"")
  }

  private static func write(_ text: String) -> ExitStatus {
    let console = Console()
    console.result(text)
    return console.outputFailure == nil ? .done : .incomplete
  }

  // MARK: - Without a command

  private static func runDefault(_ arguments: [String]) throws(UsageError) -> ExitStatus {
    let settings = try Settings(ClientFlags.withoutCommand, arguments: arguments, environment: environmentVariable)
    if try settings.isOn("help") { return write(Help.overall(width: helpColumns())) }
    if try settings.isOn("version") { return write("audio-client \(serviceVersion)") }
    if let operand = settings.operands.first {
      throw UsageError("expected the command before any flag: audio-client \(operand) …")
    }
    let options = try MicrophoneOptions(settings)
    let recording = try FileOptions.Playback(settings)
    return withRuntime(options.server, localWorkers: options.isLocal ? 1 : nil) { runtime in
      do throws(CaptureError) {
        runtime.console.isQuiet = options.isQuiet
        let recorder = try PermanentRecorder(options, runtime.console)
        let command = try MicrophoneCommand(runtime: runtime, options: options, recorder: recorder, awaits: false)
        runtime.console.inform("recording from the capture device \"\(options.device)\"; press Ctrl-C to stop")
        return command.run()
      } catch .fileNotWritable(let path, let failure) {
        return refuse(path, failure, runtime)
      } catch {
        return play(recording, insteadOf: error, runtime: runtime, options: options)
      }
    }
  }

  private static func play(
    _ playback: FileOptions.Playback, insteadOf error: CaptureError, runtime: ClientRuntime, options: MicrophoneOptions
  ) -> ExitStatus {
    let places = BundledRecording.candidates(
      variable: environmentVariable("AUDIO_RECORDING"), executable: executablePath())
    runtime.console.inform("no microphone: \(error)")
    guard let path = places.first(where: { access($0.systemName, R_OK) == 0 }) else {
      runtime.console.note("no bundled recording found either, looked for \(places.joined(separator: ", "))")
      return .device
    }
    let recording = FileOptions(playing: path, for: options, playback)
    runtime.console.inform("playing the bundled recording \(recording.title ?? path) instead; press Ctrl-C to stop")
    return FileCommand(runtime: runtime, options: recording).run()
  }

  // MARK: - With a runtime

  private static func record(_ options: MicrophoneOptions) -> ExitStatus {
    withRuntime(options.server, localWorkers: options.isLocal ? 1 : nil) { runtime in
      runtime.console.isQuiet = options.isQuiet
      do throws(CaptureError) {
        let recorder = try PermanentRecorder(options, runtime.console)
        return try MicrophoneCommand(runtime: runtime, options: options, recorder: recorder, awaits: true).run()
      } catch .fileNotWritable(let path, let failure) {
        return refuse(path, failure, runtime)
      } catch {
        runtime.console.note("audio-client: \(error); \"audio-client devices\" lists the available devices")
        return .device
      }
    }
  }

  /// A file or a folder for --record or --text-dir cannot be created.
  private static func refuse(_ path: String, _ failure: CallFailure, _ runtime: ClientRuntime) -> ExitStatus {
    runtime.console.note("audio-client: \(CaptureError.fileNotWritable(path: path, failure))")
    return .incomplete
  }

  private static func send(_ options: FileOptions) -> ExitStatus {
    let workers = min(options.jobs, options.paths.count, FileOptions.processors)
    return withRuntime(options.server, localWorkers: options.switches.isLocal ? workers : nil) {
      FileCommand(runtime: $0, options: options).run()
    }
  }

  /// - Parameter localWorkers: workers of a server of its own; nil: there is a server.
  private static func withRuntime(
    _ server: ServerOptions, localWorkers: Int? = nil, _ body: (ClientRuntime) -> ExitStatus
  ) -> ExitStatus {
    do throws(IOError) {
      let runtime = try ClientRuntime()
      runtime.use(server)
      guard let localWorkers else { return body(runtime) }
      return withLocalServer(server, workers: localWorkers, runtime, body)
    } catch {
      Console().note("audio-client: \(error)")
      return .incomplete
    }
  }

  private static func withLocalServer(
    _ options: ServerOptions, workers: Int, _ runtime: ClientRuntime, _ body: (ClientRuntime) -> ExitStatus
  ) -> ExitStatus {
    do throws(LocalServer.Failure) {
      let server = try LocalServer(
        engine: options.wishes.engine ?? LocalServer.engine, language: options.wishes.language, workers: workers)
      defer { server.end() }
      runtime.connections.reach(socket: server.socket)
      return body(runtime)
    } catch {
      runtime.console.note("audio-client: --local: \(error.reason)")
      return .incomplete
    }
  }
}
