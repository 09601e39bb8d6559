import JSON
import Recognition
import WorkerLink

/// The state of the whole server and what it has done: as JSON, and in text format 0.0.4 for Prometheus.
struct Report {
  struct Worker: Sendable {
    var pid: Int?
    var isReady: Bool
    var streams: Int
    var queuedBytes: Int
    /// Audio of its streams that waits to be decoded.
    var backlogSeconds = 0.0
    /// The round trip of the last heartbeat; nil before the first.
    var heartbeatSeconds: Double?
    var usage: ProcessUsage?
  }

  struct Engine: Equatable, Sendable {
    var name: String
    var isReady: Bool
    /// Those that can be used.
    var models: [EngineModel] = []
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
  var engines: [Engine] = []
  /// What restricts the workers.
  var sandbox: [SandboxLayer] = []
  /// Whether files may be decoded by ffmpeg.
  var hasFFmpeg = false
  /// Of the server's process.
  var usage: ProcessUsage?

  /// Layers that restrict ffmpeg: the workers', without a root folder of its own.
  var ffmpegSandbox: [SandboxLayer] { hasFFmpeg ? sandbox.filter { ["seccomp", "landlock"].contains($0.name) } : [] }

  enum Kind: String { case counter, gauge }

  typealias Figure = (name: String, kind: Kind, help: String, value: JSONValue)

  var figures: [Figure] {
    func count(_ value: Int) -> JSONValue { .number("\(value)") }
    return [
      ("uptime_seconds", .gauge, "Seconds since the server started.", .number("\(uptimeSeconds)")),
      ("connections_total", .counter, "WebSocket connections opened.", count(counters.connections)),
      ("refusals_total", .counter, "Upgrades refused.", count(counters.refusals.total)),
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
      (
        "partials_skipped_total", .counter, "Partial texts not made for lack of time.",
        count(counters.overload.partials)
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
      (
        "cpu_seconds_total", .counter, "CPU time of the server without its workers.",
        usage.map { .number("\($0.cpuSeconds)") } ?? .null
      ),
      (
        "resident_bytes", .gauge, "Resident memory of the server without its workers.",
        usage.map { count($0.residentBytes) } ?? .null
      ),
    ]
  }
}

extension Report {
  /// Of all loops together.
  init(
    _ loops: [LoopSnapshot], uptimeSeconds: Double, heldBytes: Int, budgetBytes: Int,
    engines: [Engine] = [], hasFFmpeg: Bool = false, usage: ProcessUsage? = nil
  ) {
    var counters = Counters()
    for loop in loops { counters.add(loop.counters) }
    self.init(
      counters: counters, uptimeSeconds: uptimeSeconds, connected: loops.reduce(0) { $0 + $1.connected },
      detached: loops.reduce(0) { $0 + $1.detached }, heldBytes: heldBytes, budgetBytes: budgetBytes,
      finalDelay: loops.compactMap(\.finalDelay).max(), workers: loops.flatMap(\.workers), engines: engines,
      sandbox: loops.first?.sandbox ?? [], hasFFmpeg: hasFFmpeg, usage: usage)
  }
}
