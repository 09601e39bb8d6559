internal import CommandLine
internal import Glibc
internal import Platform

/// `make bench-speech`: measures the engine speech through the whole service on this machine.
@main struct SpeechProgram {
  static func main() async {
    do {
      let settings = try Settings(
        BenchmarkOptions.flags, arguments: Array(CommandLine.arguments.dropFirst()), environment: { _ in nil })
      if try settings.isOn("help") { return print(BenchmarkOptions.help) }
      if try settings.isOn("version") { return print("SpeechBenchmark \(serviceVersion)") }
      let options = try BenchmarkOptions(settings)
      if let bare = options.bare {
        return try BareProcess.main(bare, model: options.model, hasPartials: options.hasPartials)
      }
      exit(try await measure(options) ? 0 : 1)
    } catch let error as UsageError {
      leave("\(error)", code: 2)
    } catch {
      leave("\(error)", code: 1)
    }
  }

  private static func measure(_ options: BenchmarkOptions) async throws -> Bool {
    var report = Report()
    for point in Point.allCases where options.points.contains(point) {
      switch point {
      case .wer: try await WordErrorPoint.show(options, in: &report)
      case .mixing: try await MixingPoint.show(options, in: &report)
      case .latency: try await LatencyPoint.show(options, in: &report)
      case .rewrites: try await RewritePoint.show(options, in: &report)
      case .levels: try await LevelPoint.show(options, in: &report)
      case .cost: try await CostPoint.show(options, in: &report)
      case .capacity: try await CapacityPoint.show(options, in: &report)
      case .memory: try await MemoryPoint.show(options, in: &report)
      case .quiet: try await QuietPoint.show(options, in: &report)
      case .soak: try await SoakPoint.show(options, in: &report)
      }
    }
    return report.conclude()
  }

  private static func leave(_ message: String, code: Int32) -> Never {
    var line = "SpeechBenchmark: \(message)\n"
    line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    exit(code)
  }
}
