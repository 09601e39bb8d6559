internal import Scoring
internal import Support

/// What the service costs beside the engine alone: by turns, so that what else the machine does hits both.
enum CostPoint {
  static func show(_ options: BenchmarkOptions, in report: inout Report) async throws {
    report.begin("Cost (cost)")
    let service = try await ServiceUnderTest(model: options.model)
    let live = Scenario.joined(streams: 3, seconds: options.isQuick ? 15 : 60, .live)
    let fast = Scenario.joined(streams: 1, seconds: options.isQuick ? 120 : 600, .fast)
    var rows: [[String]] = []
    var cpu = [[Double](), []]
    var factor: [Double] = []
    for round in 1...(options.isQuick ? 1 : 3) {
      for (index, scenario) in [fast, live].enumerated() {
        let alone = try await BareProcess.run(scenario, model: options.model)
        let whole = try service.run(scenario)
        for (name, run) in [("engine alone", alone), ("service", whole)] {
          rows.append([
            "\(index == 0 ? "fast, one stream" : "live, three streams"), \(name), \(round)",
            index == 0 ? run.realTimeFactor.fixed(4) : "–", run.cpuShare.fixed(4), "\(run.changes)",
            "\(run.skippedPartials)",
          ])
        }
        cpu[index].append(whole.cpuShare / alone.cpuShare)
        if index == 0 { factor.append(whole.realTimeFactor / alone.realTimeFactor) }
      }
    }
    try await service.stop()
    report.table(
      ["run", "real-time factor", "CPU s per s of sound", "partials shown", "partials skipped"],
      rows.sorted { $0[0] < $1[0] })
    report.say(
      "The service's CPU is that of server and worker; ratios are of runs one after the other, their median counts.")
    report.judge("real-time factor, service to engine alone", Spread(factor).median, atMost: 1.1)
    report.judge("CPU, service to engine alone, fast", Spread(cpu[0]).median, atMost: 1.1)
    report.judge("CPU, service to engine alone, live", Spread(cpu[1]).median, atMost: 1.1)
  }
}
