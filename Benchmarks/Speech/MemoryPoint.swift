internal import Support

/// Memory of a worker, idle and with live streams.
enum MemoryPoint {
  static func show(_ options: BenchmarkOptions, in report: inout Report) async throws {
    report.begin("Memory (memory)")
    var rows: [[String]] = []
    var idle = 0
    for streams in [0, 1, 8, 32] {
      let service = try await ServiceUnderTest(model: options.model)
      var (server, worker) = (service.serverBytes, service.workerBytes)
      if streams == 0 { idle = worker }
      if streams > 0 {
        let plans = try Scenario.joined(streams: streams, seconds: options.isQuick ? 15 : 40, .live).turns().flatMap(
          \.self)
        _ = try service.play(plans) { _ in
          server = max(server, service.serverBytes)
          worker = max(worker, service.workerBytes)
        }
      }
      try await service.stop()
      rows.append([
        "\(streams)", Double(server).megabytes, Double(worker).megabytes,
        streams == 0 ? "–" : (Double(worker - idle) / Double(streams)).megabytes,
      ])
    }
    report.table(["live streams", "server, MB", "worker, MB", "worker, MB a stream"], rows)
    report.say(
      "Resident memory, the most at any second; \"0\" is after one short stream, which lays out the model's memory.")
  }
}
