internal import CommandLine
internal import Glibc
internal import Platform

/// Generates load on a running server, checks every reply, and prints one line of JSON.
///
/// `LoadBenchmark --mode paced --connections 1000 --url ws://127.0.0.1:8000/api/audio/ws --pids 123,124`
@main struct LoadProgram {
  static func main() {
    do throws(UsageError) {
      let settings = try Settings(
        LoadOptions.flags, arguments: Array(CommandLine.arguments.dropFirst()),
        environment: { name in getenv(name).map { String(cString: $0) } })
      if try settings.isOn("help") { return print(LoadOptions.help) }
      if try settings.isOn("version") { return print("LoadBenchmark \(serviceVersion)") }
      exit(run(try LoadOptions(settings)))
    } catch {
      say("\(error)")
      exit(2)
    }
  }

  private static func run(_ options: LoadOptions) -> Int32 {
    do throws(LoadError) {
      let address = try LoadSocket.address(options.target)
      let tls = options.target.isEncrypted ? try LoadTLS() : nil
      if case .handshakes(let resuming) = options.plan.pace, let tls {
        var loop = HandshakeLoop(
          options, resuming: resuming, address: address, poller: try LoadPoller(), tls: tls)
        let report = try loop.run()
        print(report.json)
        return report.isClean ? 0 : 1
      }
      var loop = LoadLoop(options, address: address, poller: try LoadPoller(), tls: tls)
      let report = try loop.run()
      print(report.json)
      return report.isClean ? 0 : 1
    } catch {
      say("\(error)")
      return 1
    }
  }

  private static func say(_ text: String) {
    var line = "LoadBenchmark: \(text)\n"
    line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
