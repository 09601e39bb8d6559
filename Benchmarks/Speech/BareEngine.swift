internal import EngineSherpa
internal import Glibc
internal import Platform
internal import Support

/// Feeds the engine as a worker does, in this process, without worker, server and client.
struct BareEngine {
  private let engine: SpeechEngine

  init(model: String?, hasPartials: Bool) throws {
    var tuning = SpeechTuning()
    if !hasPartials { tuning.partials.seconds = 1e6 }
    let home = try SpeechHome.find(named: environmentVariable("AUDIO_SPEECH_HOME"))
    var options = SpeechEngine.Options(models: model.map { home.folders(ofModels: [$0]) } ?? [], language: "en")
    options.tuning = tuning
    engine = try SpeechEngine(home: home, options)
    // Warmed up, as the service is, before it is measured.
    for plan in try Scenario.recordings(.fast) where plan.name == "cards 001" { _ = play([plan]) }
  }

  func run(_ scenario: Scenario) throws -> Run {
    let turns = try scenario.turns()
    let (cpu, clock) = (ProcessTable.cpuSeconds(getpid()), ContinuousClock.now)
    let records = turns.flatMap { play($0) }
    return Run(
      records: records, cpuSeconds: ProcessTable.cpuSeconds(getpid()) - cpu,
      wallSeconds: (ContinuousClock.now - clock) / .seconds(1))
  }

  /// Plays them together, each chunk when it is due: at once where nothing sets the pace.
  private func play(_ plans: [StreamPlan]) -> [StreamRecord] {
    let began = ContinuousClock.now
    let streams = plans.enumerated().map { BareStream($1, engine, UInt64($0 + 1), began: began) }
    while let next = streams.filter({ !$0.isSent }).min(by: { $0.due < $1.due }) {
      if next.due > .zero { Self.sleep(until: began + next.due) }
      next.sendChunk()
    }
    return streams.map { $0.ended() }
  }

  private static func sleep(until time: ContinuousClock.Instant) {
    let (seconds, attoseconds) = (time - .now).components
    guard seconds >= 0, attoseconds >= 0 else { return }
    var left = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
    nanosleep(&left, nil)
  }
}
