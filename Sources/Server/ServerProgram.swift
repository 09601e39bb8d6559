import CLinux
import CommandLine
import Glibc
import Platform
import WebSocket

@main
struct ServerProgram {
  static func main() {
    holdStandardDescriptors()
    signal(SIGPIPE, SIG_IGN)
    do throws(UsageError) {
      let arguments = Array(CommandLine.arguments.dropFirst())
      if arguments.first == "token" { exit(try token(Array(arguments.dropFirst()))) }
      let settings = try Settings(
        ServerSettings.flags, arguments: arguments, environment: environment)
      if try settings.isOn("help") { return print(ServerSettings.help) }
      if try settings.isOn("version") { return print("audio-server \(serviceVersion)") }
      exit(serve(try ServerSettings(settings)))
    } catch {
      complain("audio-server: \(error.message)")
      exit(2)
    }
  }

  private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  private static func token(_ arguments: [String]) throws(UsageError) -> Int32 {
    let settings = try Settings(TokenCommand.flags, arguments: arguments, environment: environment)
    if try settings.isOn("help") {
      print(TokenCommand.help)
      return 0
    }
    switch try TokenCommand.run(settings) {
    case .success((let output, let note)):
      if !output.isEmpty { print(output) }
      if let note { complain("audio-server: \(note)") }
      return 0
    case .failure(let error):
      complain("audio-server: \(settings.string("auth-tokens") ?? ""): \(error)")
      return 1
    }
  }

  private static func serve(_ settings: ServerSettings) -> Int32 {
    raiseDescriptorLimit()
    keepFreedMemory()
    do throws(WebSocketError) {
      return try Service(settings).run()
    } catch {
      complain("audio-server: \(error)")
      return 1
    }
  }

  /// To what the system allows: a connection is a descriptor.
  private static func raiseDescriptorLimit() {
    var limit = rlimit()
    let descriptors = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(descriptors, &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(descriptors, &limit)
  }

  /// For the next chunk: fresh pages for each large one took more than half of its time. What a burst leaves goes back to the system
  /// every ten seconds (`Gateway.trimPause`).
  private static func keepFreedMemory() {
    mallopt(M_MMAP_THRESHOLD, 32 << 20)
    mallopt(M_TRIM_THRESHOLD, 64 << 20)
  }

  private static func complain(_ message: String) {
    var line = message + "\n"
    line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
