/// A scenario that was played, and what it cost.
struct Run {
  var records: [StreamRecord]
  var cpuSeconds: Double
  var wallSeconds: Double

  var audioSeconds: Double { records.reduce(0) { $0 + $1.seconds } }
  /// CPU seconds of all processes per second of audio.
  var cpuShare: Double { cpuSeconds / audioSeconds }
  /// Seconds per second of audio; meaningful if the stream is not paced.
  var realTimeFactor: Double { wallSeconds / audioSeconds }
  var skippedPartials: Int { records.reduce(0) { $0 + $1.skippedPartials } }
  var changes: Int { records.reduce(0) { $0 + $1.changes } }
  var lateness: [Double] { records.flatMap { $0.finals.map(\.lateness) } }
}
