import Audio
import CommandLine

/// The options of `simulate`.
struct SimulationOptions {
  /// The form of the report.
  enum ReportKind: String, CaseIterable { case text, json }

  /// The most connections that a server accepts.
  private static let clientCounts = 1...15_000
  /// The most unanswered chunks that a server accepts from one client.
  private static let openChunks = 1...600

  var server: ServerOptions
  var plan: SimulationPlan
  /// Send the audio of this file instead of noise.
  var path: String?
  var output: ReportKind

  init(_ settings: Settings) throws(UsageError) {
    server = try ServerOptions(settings)
    let milliseconds = Double(settings.string("rate-ms") ?? "10")
    guard let milliseconds, (0...3_600_000).contains(milliseconds) else {
      throw settings.refuse("rate-ms", allowed: "milliseconds from 0 to 3600000")
    }
    plan = SimulationPlan(
      clients: try settings.integer("clients", in: Self.clientCounts) ?? 1,
      messages: try settings.integer("messages", in: 1...1_000_000_000) ?? 1000,
      interval: .seconds(milliseconds / 1000),
      chunkBytes: try settings.integer("chunk-bytes", in: 1...StreamLayout.largestChunkBytes) ?? 4096,
      openChunks: try settings.integer("in-flight", in: Self.openChunks) ?? 64)
    path = settings.string("file")
    output = try settings.choice("output") ?? .text
  }
}
