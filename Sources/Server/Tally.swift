import JSON

/// What the server has done since it started.
struct Tally: Equatable, Sendable {
  var connections = 0
  var refusals = 0
  var chunks = 0
  var bytes = 0
  var processed = 0
  var dropped = 0
  var replayed = 0
  var resumptions = 0
  var workersLost = 0

  /// What others have done besides.
  mutating func add(_ other: Tally) {
    connections += other.connections
    refusals += other.refusals
    chunks += other.chunks
    bytes += other.bytes
    processed += other.processed
    dropped += other.dropped
    replayed += other.replayed
    resumptions += other.resumptions
    workersLost += other.workersLost
  }
}

/// How things are at a moment, and what has been done: for people as JSON, for Prometheus as its text format 0.0.4.
struct Report {
  struct Worker: Sendable {
    var pid: Int?
    var isReady: Bool
    var streams: Int
    var queuedBytes: Int
  }

  var tally: Tally
  var uptimeSeconds: Double
  var clients: Int
  var away: Int
  /// Bytes of sound and replies held for clients, and how many may be.
  var heldBytes: Int
  var budgetBytes: Int
  var workers: [Worker]

  private enum Kind: String { case counter, gauge }

  private typealias Figure = (name: String, kind: Kind, help: String, value: JSONValue)

  private var figures: [Figure] {
    func count(_ value: Int) -> JSONValue { .number("\(value)") }
    return [
      ("uptime_seconds", .gauge, "Seconds since the server started.", .number("\(uptimeSeconds)")),
      ("connections_total", .counter, "WebSocket connections opened.", count(tally.connections)),
      ("refusals_total", .counter, "Upgrades refused.", count(tally.refusals)),
      ("chunks_total", .counter, "Chunks received.", count(tally.chunks)),
      ("bytes_total", .counter, "Bytes of chunks received.", count(tally.bytes)),
      ("processed_total", .counter, "Chunks answered with a transcription.", count(tally.processed)),
      ("dropped_total", .counter, "Chunks answered with an error, or whose client had gone.", count(tally.dropped)),
      ("replayed_total", .counter, "Chunks given to a worker once more.", count(tally.replayed)),
      ("resumptions_total", .counter, "Sessions that went on over a new connection.", count(tally.resumptions)),
      ("workers_lost_total", .counter, "Workers that died or were killed because they hung.", count(tally.workersLost)),
      ("clients", .gauge, "Open WebSocket connections.", count(clients)),
      ("clients_away", .gauge, "Sessions whose connection broke and that may be resumed.", count(away)),
      ("held_bytes", .gauge, "Bytes of sound and replies held for clients.", count(heldBytes)),
      ("budget_bytes", .gauge, "Bytes that may be held.", count(budgetBytes)),
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
    add("worker_ready", .gauge, "Whether the worker answers.", each { $0.isReady ? 1 : 0 })
    add("worker_streams", .gauge, "Streams on the worker.", each(\.streams))
    add("worker_queued_bytes", .gauge, "Bytes that wait to be taken by the worker.", each(\.queuedBytes))
    return text
  }
}

extension Report {
  /// Of all loops together.
  init(_ shares: [Share], uptimeSeconds: Double, heldBytes: Int, budgetBytes: Int) {
    var tally = Tally()
    for share in shares { tally.add(share.tally) }
    self.init(
      tally: tally, uptimeSeconds: uptimeSeconds, clients: shares.reduce(0) { $0 + $1.clients },
      away: shares.reduce(0) { $0 + $1.away }, heldBytes: heldBytes, budgetBytes: budgetBytes,
      workers: shares.flatMap(\.workers))
  }
}
