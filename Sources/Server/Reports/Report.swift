import JSON
import Recognition
import WorkerLink

/// The state of the whole server and what it has done: as JSON, and in text format 0.0.4 for Prometheus.
struct Report {
  struct Worker: Sendable {
    /// As streams name it.
    var number: Int
    /// Where it is, by the name at the broker; nil: the server's own.
    var machine: String?
    var pid: Int?
    var isReady: Bool
    /// Of one at a broker; nil: the server's own.
    var state: State?
    var streams: Int
    var queuedBytes: Int
    /// Audio of its streams that waits to be decoded.
    var backlogSeconds = 0.0
    /// The round trip of the last heartbeat; nil before the first.
    var heartbeatSeconds: Double?
    /// Bytes of the copies of sessions that it keeps; nil: it keeps none.
    var copyBytes: Int?
    /// Copies that it has dropped for want of room.
    var copiesDropped: Int?
    var usage: ProcessUsage?

    enum State: String, CaseIterable {
      /// It has said hello, and its link is being made.
      case linking
      case ready
      /// The broker, or the worker, is lost at the moment.
      case cutOff = "cut_off"
      /// Its streams go to others.
      case leaving
    }
  }

  struct Engine: Equatable, Sendable {
    var name: String
    var isReady: Bool
    /// Those that can be used.
    var models: [EngineModel] = []
  }

  /// WebSockets, and sessions without one.
  struct Clients: Equatable, Sendable {
    var connected: Int
    var away: Int
  }

  /// Bytes of audio and messages held for clients, and the limit.
  struct Memory: Equatable, Sendable {
    var heldBytes: Int
    var budgetBytes: Int
  }

  var counters: Counters
  /// Whether it should get clients.
  var isReady = true
  var uptimeSeconds: Double
  var clients: Clients
  var memory: Memory
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
  /// When the server's certificate expires, in seconds since 1970; nil without TLS.
  var certificateExpiry: Int?

  /// Layers that restrict ffmpeg: the workers', without a root folder of its own.
  var ffmpegSandbox: [SandboxLayer] { hasFFmpeg ? sandbox.filter { ["seccomp", "landlock"].contains($0.name) } : [] }

  enum Kind: String { case counter, gauge }

  typealias Figure = (name: String, kind: Kind, help: String, value: JSONValue)

  var figures: [Figure] {
    func count(_ value: Int) -> JSONValue { .number("\(value)") }
    return [
      ("uptime_seconds", .gauge, "Seconds since the server started.", .number("\(uptimeSeconds)")),
      ("ready", .gauge, "Whether clients should be sent to the server.", count(isReady ? 1 : 0)),
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
        count(counters.recognition.partialsSkipped)
      ),
      (
        "segments_total", .counter, "Final texts of engines whose utterances span chunks.",
        count(counters.recognition.segments)
      ),
      ("chunks_total", .counter, "Chunks received.", count(counters.chunks)),
      ("bytes_total", .counter, "Bytes of chunks received.", count(counters.bytes)),
      ("processed_total", .counter, "Chunks answered with a transcription.", count(counters.processed)),
      (
        "dropped_total", .counter, "Chunks answered with an error, or dropped because the client left.",
        count(counters.dropped)
      ),
      ("replayed_total", .counter, "Chunks sent to another worker after a loss.", count(counters.losses.replayed)),
      ("resumptions_total", .counter, "Sessions resumed on a new connection.", count(counters.sessions.resumed)),
      (
        "sessions_taken_total", .counter, "Sessions taken over from another server.",
        count(counters.sessions.takenInAll)
      ),
      ("sessions_fenced_total", .counter, "Sessions that another server took.", count(counters.sessions.fenced)),
      (
        "session_copies_refused_total", .counter,
        "Copies of sessions that were not used, as they lack what the client has.",
        count(counters.sessions.refusedCopies)
      ),
      (
        "sessions_gone_total", .counter, "Sessions that a client asked for and no server or worker had.",
        count(counters.sessions.gone)
      ),
      (
        "workers_lost_total", .counter, "Workers that died, or were killed because they hung.",
        count(counters.losses.workers)
      ),
      ("restored_total", .counter, "Sessions restored from the journal.", count(counters.journal.restored)),
      ("journal_bytes_total", .counter, "Bytes written to the journal.", count(counters.journal.bytes)),
      (
        "journal_suspensions_total", .counter, "Times that the journal was given up because the disk was full or slow.",
        count(counters.journal.suspensions)
      ),
      ("clients", .gauge, "Open WebSocket connections.", count(clients.connected)),
      ("clients_away", .gauge, "Sessions without a connection that may be resumed.", count(clients.away)),
      ("held_bytes", .gauge, "Bytes of audio and messages held for clients.", count(memory.heldBytes)),
      (
        "final_delay_seconds", .gauge,
        "How late 95 of 100 final texts of live streams came after their audio, in the last half minute.",
        .number("\(finalDelay ?? 0)")
      ),
      ("budget_bytes", .gauge, "Limit of held bytes.", count(memory.budgetBytes)),
      (
        "certificate_expiry_timestamp_seconds", .gauge, "When the server's certificate expires, in seconds since 1970.",
        certificateExpiry.map { count($0) } ?? .null
      ),
    ]
  }
}

extension Report {
  /// Of all loops together.
  init(
    _ loops: [LoopSnapshot], uptimeSeconds: Double, memory: Memory, engines: [Engine] = [], hasFFmpeg: Bool = false,
    usage: ProcessUsage? = nil, certificateExpiry: Int? = nil
  ) {
    var counters = Counters()
    for loop in loops { counters.add(loop.counters) }
    self.init(
      counters: counters, uptimeSeconds: uptimeSeconds,
      clients: Clients(
        connected: loops.reduce(0) { $0 + $1.connected }, away: loops.reduce(0) { $0 + $1.detached }),
      memory: memory,
      finalDelay: loops.compactMap(\.finalDelay).max(), workers: loops.flatMap(\.workers), engines: engines,
      sandbox: loops.first?.sandbox ?? [], hasFFmpeg: hasFFmpeg, usage: usage,
      certificateExpiry: certificateExpiry)
  }
}
