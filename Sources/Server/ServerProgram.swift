import Broker
import CLinux
import CommandLine
import Glibc
import Platform

@main
struct ServerProgram {
  static func main() {
    holdStandardDescriptors()
    signal(SIGPIPE, SIG_IGN)
    // A journal that may not grow is suspended.
    signal(SIGXFSZ, SIG_IGN)
    do throws(UsageError) {
      let arguments = Manual.resolvingHelp(programArguments)
      if let text = try ServerHelp.manual.answer(to: arguments) { return print(text) }
      if arguments.first == "token" { exit(try token(Array(arguments.dropFirst()))) }
      if arguments.first == "certificate" { exit(try certificate(Array(arguments.dropFirst()))) }
      if arguments.first == "broker" { exit(try broker(Array(arguments.dropFirst()))) }
      if arguments.first == "check-config" { exit(check(Array(arguments.dropFirst()))) }
      let settings = try ServerSettings.read(arguments)
      if try settings.isOn("help") { return print(ServerHelp.text(width: helpColumns())) }
      if try settings.isOn("version") { return print("audio-server \(serviceVersion)") }
      exit(serve(try ServerSettings(settings)))
    } catch {
      // Of a configuration file each line that is wrong has one here.
      for problem in error.message.split(separator: "\n").dropLast() { StandardError.write("audio-server: \(problem)") }
      let last = error.message.split(separator: "\n").last ?? ""
      StandardError.write("audio-server: \(last); see audio-server --help")
      exit(2)
    }
  }

  private static func token(_ arguments: [String]) throws(UsageError) -> Int32 {
    let settings = try Settings(
      TokenCommand.flags, arguments: arguments, environment: environmentVariable, file: ServerSettings.file)
    if try settings.isOn("help") {
      print(TokenCommand.help(width: helpColumns()))
      return 0
    }
    switch try TokenCommand.run(settings) {
    case .success((let output, let note)):
      if !output.isEmpty { print(output) }
      if let note { StandardError.write("audio-server: \(note)") }
      return 0
    case .failure(let error):
      StandardError.write("audio-server: \(settings.string("auth-tokens") ?? ""): \(error)")
      return 1
    }
  }

  private static func broker(_ arguments: [String]) throws(UsageError) -> Int32 {
    let settings = try Settings(BrokerCommand.flags, arguments: arguments, environment: environmentVariable)
    if try settings.isOn("help") {
      print(BrokerCommand.help(width: helpColumns()))
      return 0
    }
    switch try BrokerCommand.run(settings) {
    case .success((let output, let note)):
      print(output)
      if let note { StandardError.write("audio-server: \(note)") }
      return 0
    case .failure(let error):
      StandardError.write("audio-server: \(error)")
      return 1
    }
  }

  private static func certificate(_ arguments: [String]) throws(UsageError) -> Int32 {
    let settings = try Settings(CertificateCommand.flags, arguments: arguments, environment: environmentVariable)
    if try settings.isOn("help") {
      print(CertificateCommand.help(width: helpColumns()))
      return 0
    }
    switch try CertificateCommand.run(settings) {
    case .success(let output):
      print(output)
      return 0
    case .failure(let failure):
      StandardError.write("audio-server: \(failure)")
      return 1
    }
  }

  private static func check(_ arguments: [String]) -> Int32 {
    do throws(UsageError) {
      let given = try ServerSettings.read(arguments)
      if try given.isOn("help") {
        print(ConfigCheck.help(width: helpColumns()))
        return 0
      }
      let problems = ConfigCheck.problems(of: try ServerSettings(given))
      guard problems.isEmpty else { throw UsageError(problems.joined(separator: "\n")) }
      print("audio-server: the configuration is valid")
      return 0
    } catch {
      for problem in error.message.split(separator: "\n") { StandardError.write("audio-server: \(problem)") }
      return 1
    }
  }

  private static func serve(_ settings: ServerSettings) -> Int32 {
    DescriptorLimit.raise()  // a connection is a descriptor
    keepFreedMemory()
    // Its memory has tokens, keys and speech: no core, and no process of the same user reads it.
    _ = linux_forbid_dumps()
    var settings = settings
    if settings.workers.broker == nil { settings.workers.checkModels() }
    do {
      return try Service(settings).run()
    } catch {
      switch settings.log.format {
      case .text: StandardError.write("audio-server: \(error)")
      case .json: Log(level: .error, format: .json).write(.error, "\(error)")
      }
      return 1
    }
  }

  /// For the next chunk: fresh pages for each large one took more than half of its time. What a burst leaves goes back
  /// to the system every ten seconds (`Gateway.trimPause`).
  private static func keepFreedMemory() {
    mallopt(M_MMAP_THRESHOLD, 32 << 20)
    mallopt(M_TRIM_THRESHOLD, 64 << 20)
  }
}
