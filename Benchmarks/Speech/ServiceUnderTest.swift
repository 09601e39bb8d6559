internal import Support

/// The real server with its workers, warmed up, and its use of the machine.
struct ServiceUnderTest {
  private let server: TestServer
  private let workers: [Int32]

  /// - Parameter model: its name; nil: the one for English.
  init(model: String?, workers: Int = 1) async throws {
    // One core decodes.
    let flags = ["--engine", "speech", "--language", "en", "--workers", "\(workers)", "--decode-threads", "1"]
    server = try await TestServer(
      flags + (model.map { ["--models", $0] } ?? []), environment: ["AUDIO_SPEECH_HOME": SpeechRecording.folder])
    self.workers = server.workers
    guard self.workers.count == workers else { throw TestFailure("\(self.workers.count) workers, not \(workers)") }
    // Until this is answered, a worker may still be loading.
    let warm = try Scenario.recordings(.fast).filter { $0.name == "cards 001" }
    for record in try play([StreamPlan](repeating: warm[0], count: workers)) where record.segments.isEmpty {
      throw TestFailure("the service recognised nothing: \(record.problem ?? "no words")")
    }
  }

  func stop() async throws {
    let end = try await server.stop()
    guard end == .status(0) else { throw TestFailure("the server ended with \(end)") }
    // Its warnings matter to readers of the tables.
    for line in server.program.standardError.lines where line.contains("error") { print("server: \(line)") }
  }

  /// Plays them together; one that fails is not a measurement.
  func play(_ plans: [StreamPlan], eachSecond: ((Int) -> Void)? = nil) throws -> [StreamRecord] {
    let records = try ServicePlayer(url: server.url).play(plans, eachSecond: eachSecond)
    for record in records {
      if let problem = record.problem { throw TestFailure("stream \(record.name): \(problem)") }
      guard record.receipt == record.segments else {
        throw TestFailure("stream \(record.name): the receipt's segments are not those of the replies")
      }
    }
    guard server.workers == workers else { throw TestFailure("a worker has ended") }
    return records
  }

  /// Plays a scenario and measures what it costs.
  func run(_ scenario: Scenario) throws -> Run {
    let turns = try scenario.turns()
    let (cpu, clock) = (cpuSeconds, ContinuousClock.now)
    let records = try turns.flatMap { try play($0) }
    return Run(
      records: records, cpuSeconds: cpuSeconds - cpu, wallSeconds: (ContinuousClock.now - clock) / .seconds(1))
  }

  var cpuSeconds: Double { ([server.program.pid] + workers).reduce(0) { $0 + ProcessTable.cpuSeconds($1) } }
  var serverBytes: Int { ProcessTable.residentBytes(server.program.pid) }
  var serverPrivateBytes: Int { ProcessTable.privateBytes(server.program.pid) }
  var workerBytes: Int { workers.reduce(0) { $0 + ProcessTable.residentBytes($1) } }
}
