internal import Support

/// Eight different recordings at once, in one worker, give what each gives alone.
enum MixingPoint {
  static func show(_ options: BenchmarkOptions, in report: inout Report) async throws {
    report.begin("Eight streams at once (mixing)")
    let service = try await ServiceUnderTest(model: options.model)
    func plans(_ pace: StreamPlan.Pace) throws -> [StreamPlan] {
      let names = Set((SpeechRecording.austen + SpeechRecording.wheel + [SpeechRecording.cards[4]]).map(\.label))
      return try Scenario.recordings(pace).filter { names.contains($0.name) }
    }
    let alone = try plans(.fast).flatMap { try service.play([$0]) }
    var rows: [[String]] = []
    var same = 0
    var all = 0
    for (name, pace) in [("fast", StreamPlan.Pace.fast), ("fast, again", .fast), ("live", .live)] {
      let together = try service.play(plans(pace))
      let alike = zip(alone, together).count { $0.segments == $1.segments }
      rows.append([name, "\(together.count)", "\(together.reduce(0) { $0 + $1.segments.count })", "\(alike)"])
      same += alike
      all += together.count
    }
    try await service.stop()
    report.table(["pace", "streams", "segments", "streams as alone"], rows)
    report.judge("eight recordings at once as one by one", isSo: same == all, "\(same) of \(all) streams")
  }
}
