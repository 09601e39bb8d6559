import JSON
import WorkerLink

/// The state of the whole server and what it has done: as JSON for people, in text format 0.0.4 for Prometheus.
struct Report {
  struct Worker: Sendable {
    var pid: Int?
    var isReady: Bool
    var streams: Int
    var queuedBytes: Int
  }

  var counters: Counters
  var uptimeSeconds: Double
  var connected: Int
  var detached: Int
  /// Bytes of audio and messages held for clients, and the limit.
  var heldBytes: Int
  var budgetBytes: Int
  /// How late final texts of live streams come, in seconds; nil where too few have come to say.
  var finalDelay: Double?
  var workers: [Worker]
  /// Those that the server was started with.
  var engines: [(engine: String, isReady: Bool)] = []
  /// What restricts the workers.
  var sandbox: [SandboxLayer] = []

  private enum Kind: String { case counter, gauge }

  private typealias Figure = (name: String, kind: Kind, help: String, value: JSONValue)

  private var figures: [Figure] {
    func count(_ value: Int) -> JSONValue { .number("\(value)") }
    return [
      ("uptime_seconds", .gauge, "Seconds since the server started.", .number("\(uptimeSeconds)")),
      ("connections_total", .counter, "WebSocket connections opened.", count(counters.connections)),
      ("refusals_total", .counter, "Upgrades refused.", count(counters.refusals)),
      (
        "speech_refusals_total", .counter, "Speech streams refused because final texts came too late.",
        count(counters.overload.refused)
      ),
      (
        "speech_delayed_total", .counter, "Speech streams taken that come after the others.",
        count(counters.overload.delayed)
      ),
      (
        "replay_bytes_dropped_total", .counter,
        "Bytes of answered audio dropped for want of memory, which a replacement worker would need.",
        count(counters.overload.replayBytes)
      ),
      (
        "messages_dropped_total", .counter, "Unfinished messages dropped for want of memory.",
        count(counters.overload.messages)
      ),
      ("chunks_total", .counter, "Chunks received.", count(counters.chunks)),
      ("bytes_total", .counter, "Bytes of chunks received.", count(counters.bytes)),
      ("processed_total", .counter, "Chunks answered with a transcription.", count(counters.processed)),
      (
        "dropped_total", .counter, "Chunks answered with an error, or dropped because the client left.",
        count(counters.dropped)
      ),
      ("replayed_total", .counter, "Chunks sent to another worker after a loss.", count(counters.replayed)),
      ("resumptions_total", .counter, "Sessions resumed on a new connection.", count(counters.resumptions)),
      (
        "workers_lost_total", .counter, "Workers that died, or were killed because they hung.",
        count(counters.workersLost)
      ),
      ("restored_total", .counter, "Sessions restored from the journal.", count(counters.journal.restored)),
      ("journal_bytes_total", .counter, "Bytes written to the journal.", count(counters.journal.bytes)),
      (
        "journal_suspensions_total", .counter, "Times that the journal was given up because the disk was full or slow.",
        count(counters.journal.suspensions)
      ),
      ("clients", .gauge, "Open WebSocket connections.", count(connected)),
      ("clients_away", .gauge, "Sessions without a connection that may be resumed.", count(detached)),
      ("held_bytes", .gauge, "Bytes of audio and messages held for clients.", count(heldBytes)),
      (
        "final_delay_seconds", .gauge,
        "How late 95 of 100 final texts of live streams came after their audio, in the last half minute.",
        .number("\(finalDelay ?? 0)")
      ),
      ("budget_bytes", .gauge, "Limit of held bytes.", count(budgetBytes)),
    ]
  }

  var json: String {
    var object = JSONObject()
    object.add("figures", .object(figures.map { .init(key: $0.name, value: $0.value) }))
    object.add(
      "workers",
      .array(
        workers.map { worker in
          .object([
            .init(key: "pid", value: worker.pid.map { .number("\($0)") } ?? .null),
            .init(key: "ready", value: .bool(worker.isReady)),
            .init(key: "streams", value: .number("\(worker.streams)")),
            .init(key: "queued_bytes", value: .number("\(worker.queuedBytes)")),
          ])
        }))
    object.add(
      "engines",
      .array(
        engines.map { .object([.init(key: "engine", value: .string($0)), .init(key: "ready", value: .bool($1))]) }))
    object.add("sandbox", .array(sandbox.map(\.json)))
    return object.text
  }

  var prometheus: String {
    var text = ""
    func add(_ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: String, value: String)]) {
      text += "# HELP audio_\(name) \(help)\n# TYPE audio_\(name) \(kind.rawValue)\n"
      for sample in samples { text += "audio_\(name)\(sample.labels) \(sample.value)\n" }
    }
    for figure in figures { add(figure.name, figure.kind, figure.help, [("", figure.value.text)]) }
    func each(_ value: (Worker) -> Int) -> [(labels: String, value: String)] {
      workers.enumerated().map { (#"{worker="\#($0 + 1)"}"#, "\(value($1))") }
    }
    add("worker_ready", .gauge, "Whether the worker is ready.", each { $0.isReady ? 1 : 0 })
    add("worker_streams", .gauge, "Streams on the worker.", each(\.streams))
    add("worker_queued_bytes", .gauge, "Bytes queued for the worker.", each(\.queuedBytes))
    add(
      "engine_ready", .gauge, "Whether streams can use the engine.",
      engines.map { (#"{engine="\#($0)"}"#, $1 ? "1" : "0") })
    return text
  }
}

extension Report {
  /// Of all loops together.
  init(
    _ loops: [LoopSnapshot], uptimeSeconds: Double, heldBytes: Int, budgetBytes: Int,
    engines: [(engine: String, isReady: Bool)] = []
  ) {
    var counters = Counters()
    for loop in loops { counters.add(loop.counters) }
    self.init(
      counters: counters, uptimeSeconds: uptimeSeconds, connected: loops.reduce(0) { $0 + $1.connected },
      detached: loops.reduce(0) { $0 + $1.detached }, heldBytes: heldBytes, budgetBytes: budgetBytes,
      finalDelay: loops.compactMap(\.finalDelay).max(), workers: loops.flatMap(\.workers), engines: engines,
      sandbox: loops.first?.sandbox ?? [])
  }
}

extension SandboxLayer {
  fileprivate var json: JSONValue {
    let members: [JSONValue.Member] = [
      .init(key: "layer", value: .string(name)), .init(key: "active", value: .bool(problem == nil)),
    ]
    return .object(members + (problem.map { [.init(key: "reason", value: .string($0))] } ?? []))
  }
}
