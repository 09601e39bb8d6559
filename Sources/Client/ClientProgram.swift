import Capture
import CommandLine
import Glibc
import Platform
import WebSocket

@main
struct ClientProgram {
  static func main() {
    holdStandardDescriptors()
    // A reader that has had enough is noticed by the write that fails.
    signal(SIGPIPE, SIG_IGN)
    let arguments = Array(CommandLine.arguments.dropFirst())
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
      throw UsageError("\"\(word)\" was given; allowed is one of \(names)")
    }
    let flags =
      switch command {
      case .devices: ClientFlags.devices
      case .mic: ClientFlags.mic
      case .file: ClientFlags.file
      case .simulate: ClientFlags.simulate
      }
    let settings = try Settings(flags, arguments: Array(arguments.dropFirst()), environment: environmentVariable)
    if try settings.isOn("help") { return tell(Help.text(for: command)) }
    if try settings.isOn("version") { return tell("audio-client \(serviceVersion)") }
    if command != .file { try refuseOperands(settings, of: word) }
    switch command {
    case .devices: return DevicesCommand.run(console: Console())
    case .mic: return record(try MicrophoneOptions(settings))
    case .file:
      let options = try FileOptions(settings)
      guard !options.paths.contains("-") || isatty(STDIN_FILENO) == 0 else {
        throw UsageError("file: \"-\" is stdin, and that is a terminal here; allowed is a pipe or a file")
      }
      return onStage(options.server) { FileCommand(stage: $0, options: options).run() }
    case .simulate:
      let options = try SimulationOptions(settings)
      return onStage(options.server) { SimulateCommand(stage: $0, options: options).run() }
    }
  }

  private static func refuseOperands(_ settings: Settings, of command: String) throws(UsageError) {
    guard let operand = settings.operands.first else { return }
    throw UsageError("\(command): \"\(operand)\" was given; allowed are flags only")
  }

  private static func tell(_ text: String) -> ExitStatus {
    let console = Console()
    console.result(text)
    return console.outputFailure == nil ? .done : .incomplete
  }

  // MARK: - Without a command

  private static func runDefault(_ arguments: [String]) throws(UsageError) -> ExitStatus {
    let settings = try Settings(ClientFlags.mic, arguments: arguments, environment: environmentVariable)
    if try settings.isOn("help") { return tell(Help.overall) }
    if try settings.isOn("version") { return tell("audio-client \(serviceVersion)") }
    if let operand = settings.operands.first {
      throw UsageError("\"\(operand)\" stands behind a flag; a command comes first: audio-client \(operand) …")
    }
    let options = try MicrophoneOptions(settings)
    let chunkMilliseconds = try settings.chunkMilliseconds()
    return onStage(options.server) { stage in
      do throws(CaptureError) {
        let command = try MicrophoneCommand(stage: stage, options: options)
        stage.console.note("recording from the capture device \"\(options.device)\"; Ctrl-C ends")
        return command.run()
      } catch {
        return play(insteadOf: error, stage: stage, options: options, chunkMilliseconds: chunkMilliseconds)
      }
    }
  }

  private static func play(
    insteadOf error: CaptureError, stage: Stage, options: MicrophoneOptions, chunkMilliseconds: Int
  ) -> ExitStatus {
    let places = BundledRecording.candidates(
      variable: environmentVariable("AUDIO_RECORDING"), executable: executablePath())
    guard let path = places.first(where: { access($0, R_OK) == 0 }) else {
      stage.console.note("no microphone: \(error)")
      stage.console.note("no recording in its place either; looked for \(places.joined(separator: ", "))")
      return .device
    }
    stage.console.note("no microphone: \(error)")
    let recording = FileOptions(playing: path, for: options, chunkMilliseconds: chunkMilliseconds)
    stage.console.note("playing the bundled recording \(recording.title ?? path) in its place; Ctrl-C ends")
    return FileCommand(stage: stage, options: recording).run()
  }

  // MARK: - On a stage

  private static func record(_ options: MicrophoneOptions) -> ExitStatus {
    onStage(options.server) { stage in
      do throws(CaptureError) {
        return try MicrophoneCommand(stage: stage, options: options).run()
      } catch {
        stage.console.note("audio-client: \(error); \"audio-client devices\" lists what there is")
        return .device
      }
    }
  }

  private static func onStage(_ server: ServerOptions, _ body: (Stage) -> ExitStatus) -> ExitStatus {
    do throws(WebSocketError) {
      let stage = try Stage()
      stage.introduce(server)
      return body(stage)
    } catch {
      Console().note("audio-client: \(error)")
      return .incomplete
    }
  }
}
