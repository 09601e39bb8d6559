/// A scenario that was played, and what it cost.
struct Run {
  var records: [StreamRecord]
  var cpuSeconds: Double
  var wallSeconds: Double

  var audioSeconds: Double { records.reduce(0) { $0 + $1.seconds } }
  /// CPU seconds of all processes a second of sound.
  var cpuShare: Double { cpuSeconds / audioSeconds }
  /// Seconds a second of sound took; of use where nothing else set the pace.
  var realTimeFactor: Double { wallSeconds / audioSeconds }
  var shed: Int { records.reduce(0) { $0 + $1.shed } }
  var changes: Int { records.reduce(0) { $0 + $1.changes } }
  var lateness: [Double] { records.flatMap { $0.finals.map(\.lateness) } }
}
