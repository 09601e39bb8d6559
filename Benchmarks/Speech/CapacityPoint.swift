internal import Scoring

/// How many live streams one worker carries before a final is later than two seconds.
enum CapacityPoint {
  private static let latestSeconds = 2.0

  static func show(_ options: BenchmarkOptions, in report: inout Report) async throws {
    report.begin("Live streams on one worker (capacity)")
    let seconds = options.isQuick ? 15 : 60
    let steps = options.streams ?? (options.isQuick ? [1, 8, 24] : [1, 2, 4, 6, 8, 12, 16, 20, 24, 28, 32, 40])
    let service = try await ServiceUnderTest(model: options.model)
    var rows: [[String]] = []
    var carried = (all: 0, finals: 0)
    var inTime = true
    for streams in steps where inTime {
      let run = try service.run(.joined(streams: streams, seconds: seconds, .live))
      rows.append(row("\(streams)", run))
      inTime = isInTime(run)
      if inTime { carried.finals = streams }
      // One in a hundred may be skipped where two streams have their end at the same time.
      if inTime, run.skippedPartials * 100 <= run.changes { carried.all = streams }
    }
    try await service.stop()
    let head = ["streams", "finals", "p50", "p95", "latest", "partials shown", "partials skipped", "CPU, cores"]
    report.say("Through the service; how long after a segment's `end` its final was on the client, in seconds:\n")
    report.table(head, rows)

    rows = []
    var alone = 0
    inTime = true
    for streams in options.streams ?? (options.isQuick ? [24] : [16, 24, 32, 40, 48, 64]) where inTime {
      let run = try await BareProcess.run(
        .joined(streams: streams, seconds: seconds, .live), model: options.model, hasPartials: false)
      rows.append(row("\(streams)", run))
      inTime = isInTime(run)
      if inTime { alone = streams }
    }
    report.say("The engine alone, told to make no partials:\n")
    report.table(head, rows)
    report.say(
      "All finals within \(latestSeconds.fixed(0)) s and fewer than 1 % of the partials skipped: up to \(carried.all) streams. "
        + "All finals within \(latestSeconds.fixed(0)) s, partials skipped as needed: up to \(carried.finals). "
        + "The engine alone, finals only: up to \(alone).")
  }

  private static func isInTime(_ run: Run) -> Bool { (run.lateness.max() ?? .infinity) <= latestSeconds }

  private static func row(_ name: String, _ run: Run) -> [String] {
    let late = Spread(run.lateness)
    return [
      name, "\(late.count)", late.median.fixed(2), late.percentile(95).fixed(2), late.greatest.fixed(2),
      "\(run.changes)", "\(run.skippedPartials)", (run.cpuSeconds / run.wallSeconds).fixed(2),
    ]
  }
}
