import Capture
import CommandLine
import Glibc
import IO
import Platform

@main
struct ClientProgram {
  static func main() {
    holdStandardDescriptors()
    StandardError.hideLibraries()
    // A closed pipe is noticed by the write that fails.
    signal(SIGPIPE, SIG_IGN)
    let arguments = programArguments
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
    guard let command = Command(rawValue: word) else {
      let names = Command.allCases.map(\.rawValue).joined(separator: ", ")
      throw UsageError("expected one of \(names), got \"\(word)\"")
    }
    let settings = try Settings(
      ClientFlags.flags(of: command), arguments: Array(arguments.dropFirst()), environment: environmentVariable)
    if try settings.isOn("help") { return write(Help.text(for: command, width: Console.helpWidth)) }
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
      return withRuntime(options.server) { FileCommand(runtime: $0, options: options).run() }
    case .simulate:
      let options = try SimulationOptions(settings)
      return withRuntime(options.server) { SimulateCommand(runtime: $0, options: options).run() }
    }
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
    let settings = try Settings(ClientFlags.mic, arguments: arguments, environment: environmentVariable)
    if try settings.isOn("help") { return write(Help.overall(width: Console.helpWidth)) }
    if try settings.isOn("version") { return write("audio-client \(serviceVersion)") }
    if let operand = settings.operands.first {
      throw UsageError("expected the command before any flag: audio-client \(operand) …")
    }
    let options = try MicrophoneOptions(settings)
    let chunkMilliseconds = try settings.chunkMilliseconds()
    return withRuntime(options.server) { runtime in
      do throws(CaptureError) {
        let command = try MicrophoneCommand(runtime: runtime, options: options, awaits: false)
        runtime.console.note("recording from the capture device \"\(options.device)\"; press Ctrl-C to stop")
        return command.run()
      } catch {
        return play(insteadOf: error, runtime: runtime, options: options, chunkMilliseconds: chunkMilliseconds)
      }
    }
  }

  private static func play(
    insteadOf error: CaptureError, runtime: ClientRuntime, options: MicrophoneOptions, chunkMilliseconds: Int
  ) -> ExitStatus {
    let places = BundledRecording.candidates(
      variable: environmentVariable("AUDIO_RECORDING"), executable: executablePath())
    runtime.console.note("no microphone: \(error)")
    guard let path = places.first(where: { access($0.systemName, R_OK) == 0 }) else {
      runtime.console.note("no bundled recording found either, looked for \(places.joined(separator: ", "))")
      return .device
    }
    let recording = FileOptions(playing: path, for: options, chunkMilliseconds: chunkMilliseconds)
    runtime.console.note("playing the bundled recording \(recording.title ?? path) instead; press Ctrl-C to stop")
    return FileCommand(runtime: runtime, options: recording).run()
  }

  // MARK: - With a runtime

  private static func record(_ options: MicrophoneOptions) -> ExitStatus {
    withRuntime(options.server) { runtime in
      do throws(CaptureError) {
        return try MicrophoneCommand(runtime: runtime, options: options, awaits: true).run()
      } catch {
        runtime.console.note("audio-client: \(error); \"audio-client devices\" lists the available devices")
        return .device
      }
    }
  }

  private static func withRuntime(_ server: ServerOptions, _ body: (ClientRuntime) -> ExitStatus) -> ExitStatus {
    do throws(IOError) {
      let runtime = try ClientRuntime()
      runtime.use(server)
      return body(runtime)
    } catch {
      Console().note("audio-client: \(error)")
      return .incomplete
    }
  }
}
