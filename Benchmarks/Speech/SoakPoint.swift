internal import Scoring
internal import Support

/// Three live streams for a long time: memory and words stay the same.
enum SoakPoint {
  /// What the last third's memory of the worker may exceed the first's by; an allocator's own ups and downs are below.
  private static let growthPercent = 3.0
  /// The smallest block: the least that a leak per chunk would cost.
  private static let leastBlockBytes = 32.0
  /// In fewer the ups and downs of three streams are more than such a leak would be.
  private static let leastMinutes = 10

  static func show(_ options: BenchmarkOptions, in report: inout Report) async throws {
    report.begin("Soak (soak)")
    let minutes = options.soakMinutes
    let service = try await ServiceUnderTest(model: options.model)
    let plans = try Scenario.joined(streams: 3, seconds: minutes * 60, .live).turns().flatMap(\.self)
    var samples: [(server: Double, worker: Double)] = []
    var kept: [Double] = []
    let cpu = service.cpuSeconds
    report.say("| minute | server, MB | worker, MB |\n| -----: | ---------: | ---------: |")
    let records = try service.play(plans) { second in
      // Memory is allocated in the first half minute.
      if second > 30 || minutes == 1 {
        samples.append((Double(service.serverBytes), Double(service.workerBytes)))
        kept.append(Double(service.serverPrivateBytes))
      }
      if second % 60 == 0, let now = samples.last {
        Report.say("| \(second / 60) | \(now.server.megabytes) | \(now.worker.megabytes) |")
      }
    }
    let share = (service.cpuSeconds - cpu) / Double(minutes * 60 * plans.count)
    try await service.stop()

    let third = samples.count / 3
    func means(_ part: ArraySlice<(server: Double, worker: Double)>) -> (server: Double, worker: Double) {
      (Spread(part.map(\.server)).mean ?? 0, Spread(part.map(\.worker)).mean ?? 0)
    }
    let (first, last) = (means(samples[..<third]), means(samples[(samples.count - third)...]))
    report.say("")
    report.table(
      ["mean resident memory", "server, MB", "worker, MB"],
      [
        ["first third", first.server.megabytes, first.worker.megabytes],
        ["last third", last.server.megabytes, last.worker.megabytes],
      ])
    let late = Spread(records.flatMap { $0.finals.map(\.lateness) })
    report.say(
      "\(records.count) streams, \(minutes) minutes: \(late.count) finals, p50 \(late.median.fixed(2)) s, "
        + "p95 \(late.percentile(95).fixed(2)) s, latest \(late.greatest.fixed(2)) s after the segment's end; "
        + "\(records.reduce(0) { $0 + $1.skippedPartials }) partials skipped; \(share.fixed(3)) CPU s per s of sound.")
    report.judge(
      "worker's memory, last third to first", 100 * (last.worker / first.worker - 1), atMost: growthPercent, digits: 1,
      unit: " %")
    guard minutes >= leastMinutes else {
      return report.say("The server's memory is judged from \(leastMinutes) minutes on.")
    }
    judge(kept, chunks: plans.reduce(0) { $0 + $1.chunks }, in: &report)
  }

  /// The server is small, and what it has goes up and down by whole utterances' sound: so what counts is where it is
  /// when it has least, in each thirtieth of the time, and whether that rises. The bound is half of what the smallest
  /// leak would make of it.
  private static func judge(_ kept: [Double], chunks: Int, in report: inout Report) {
    let least = Trend.minima(kept, stretches: 30)
    report.say(
      "The server's private memory, MB, the least in each thirtieth: \(least.map(\.megabytes).joined(separator: " ")).")
    report.judge(
      "server's private memory, rise of the least over the soak, MB",
      Trend.slope(least).map { $0 * Double(least.count) / 1e6 }, atMost: leastBlockBytes / 2 * Double(chunks) / 1e6)
  }
}
