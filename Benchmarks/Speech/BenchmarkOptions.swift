internal import CommandLine

/// What to measure, and for how long.
struct BenchmarkOptions {
  var points: [Point]
  var soakMinutes: Int
  var quietMinutes: Int
  var isQuick: Bool
  /// The model that recognizes; nil: the one for English.
  var model: String?
  /// How many streams at once the capacity is tried with; nil: more and more.
  var streams: [Int]?
  /// Set in the process that runs the engine alone.
  var bare: Scenario?
  var hasPartials: Bool

  static let flags =
    [
      Flag("only", "POINTS", "These alone, with commas: \(Point.allCases.map(\.rawValue).joined(separator: ", "))."),
      Flag("model", "NAME", "Of those set up, such as whisper-base. Without it: the one for English."),
      Flag("quick", "Everything in a few minutes, to try it: fewer streams, shorter."),
      Flag("minutes", "N", "Minutes of the soak: 30, or 1 if quick."),
      Flag("sound-minutes", "N", "Minutes of each sound in which nobody speaks, or too loud: 10, or 1 if quick."),
      Flag("streams", "NUMBERS", "Capacity with so many live streams alone, with commas, such as 8,12."),
      Flag("bare", "SCENARIO", "Feeds the engine in this process, without a service; for the benchmark's own use."),
      Flag("finals-only", "With --bare: no looks at unfinished utterances."),
    ] + Flag.common

  static let help = """
    SpeechBenchmark: what the engine speech gives through the whole service, on this machine.

    Usage: make bench-speech ARGS="[flags]"

    \(Flag.table(flags))

    Exit status: 0 all bounds kept; 1 one was missed, or nothing could be measured; 2 usage.
    """

  init(_ settings: Settings) throws(UsageError) {
    isQuick = try settings.isOn("quick")
    model = settings.string("model")
    soakMinutes = try settings.integer("minutes", in: 1...1440) ?? (isQuick ? 1 : 30)
    quietMinutes = try settings.integer("sound-minutes", in: 1...60) ?? (isQuick ? 1 : 10)
    hasPartials = try !settings.isOn("finals-only")
    points =
      try settings.string("only").map { names throws(UsageError) in
        var points: [Point] = []
        for name in names.split(separator: ",") {
          guard let point = Point(rawValue: String(name)) else {
            throw settings.refuse("only", allowed: Point.allCases.map(\.rawValue).joined(separator: ", "))
          }
          points.append(point)
        }
        return points
      } ?? Point.allCases
    streams = try settings.string("streams").map { numbers throws(UsageError) in
      let streams = numbers.split(separator: ",").map { Int($0) ?? 0 }
      guard !streams.isEmpty, streams.allSatisfy({ (1...1000).contains($0) }) else {
        throw settings.refuse("streams", allowed: "numbers from 1 to 1000 with commas between")
      }
      return streams
    }
    bare = try settings.string("bare").map { text throws(UsageError) in
      guard let scenario = Scenario(text) else {
        throw settings.refuse("bare", allowed: "recordings, or joined:STREAMS:SECONDS:fast, or the same with live")
      }
      return scenario
    }
    if let operand = settings.operands.first { throw UsageError("expected flags only, got \"\(operand)\"") }
  }
}
