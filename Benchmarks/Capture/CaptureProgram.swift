internal import CommandLine
internal import Glibc
internal import Platform
internal import Support

/// `make bench-capture`: the CPU use of `audio-client mic`, and the latency of its audio.
@main struct CaptureProgram {
  static let flags =
    [Flag("seconds", "N", fallback: "20", "Seconds each case is measured.")] + Flag.common

  static let help = """
    CaptureBenchmark: what audio-client mic takes of the machine, and how long sound is on its way, on this machine.

    Usage: make bench-capture ARGS="[flags]"

    \(Flag.table(flags))

    Exit status: 0 all bounds kept; 1 one was missed, or nothing could be measured; 2 usage.
    """

  static func main() async {
    do {
      let settings = try Settings(
        flags, arguments: Array(CommandLine.arguments.dropFirst()), environment: { _ in nil })
      if try settings.isOn("help") { return print(help) }
      if try settings.isOn("version") { return print("CaptureBenchmark \(serviceVersion)") }
      if let operand = settings.operands.first { throw UsageError("expected flags only, got \"\(operand)\"") }
      exit(try await measure(seconds: settings.integer("seconds", in: 3...3600) ?? 20) ? 0 : 1)
    } catch let error as UsageError {
      leave("\(error)", code: 2)
    } catch {
      leave("\(error)", code: 1)
    }
  }

  private static func measure(seconds: Int) async throws -> Bool {
    let server = try await TestServer()
    defer { server.program.signal(SIGTERM) }
    var table = CaptureTable()
    for device in Device.allCases {
      for isOnTerminal in [false, true] {
        let test = CaptureCase(device: device, chunkMilliseconds: 100, isOnTerminal: isOnTerminal)
        table.add(test, try await test.run(server: server, seconds: seconds))
      }
    }
    for device in Device.allCases {
      let test = CaptureCase(device: device, chunkMilliseconds: 20, isOnTerminal: false)
      table.add(test, try await test.run(server: server, seconds: seconds))
    }
    return table.isKept
  }

  private static func leave(_ message: String, code: Int32) -> Never {
    var line = "CaptureBenchmark: \(message)\n"
    line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    exit(code)
  }
}
