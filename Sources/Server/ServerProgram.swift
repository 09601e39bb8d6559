import CLinux
import Flags
import Glibc
import WebSocket

@main
struct ServerProgram {
  static func main() {
    signal(SIGPIPE, SIG_IGN)
    do throws(UsageError) {
      let settings = try Settings(
        ServerSettings.flags, arguments: Array(CommandLine.arguments.dropFirst()),
        environment: { getenv($0).map { String(cString: $0) } })
      if try settings.isOn("help") { return print(ServerSettings.help) }
      if try settings.isOn("version") { return print("audio-server \(serviceVersion)") }
      exit(serve(try ServerSettings(settings)))
    } catch {
      complain("audio-server: \(error.message)")
      exit(2)
    }
  }

  private static func serve(_ settings: ServerSettings) -> Int32 {
    raiseDescriptorLimit()
    do throws(WebSocketError) {
      return Gateway(settings: settings, loop: try EventLoop()).run()
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

  private static func complain(_ message: String) {
    var line = message + "\n"
    line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
