internal import CommandLine

/// Options of the command line.
struct LoadOptions {
  var plan: LoadPlan
  var target: LoadTarget
  /// The processes whose time and memory are reported.
  var pids: [Int32]

  enum Mode: String, CaseIterable { case closed, paced, idle, handshakes }

  static let flags =
    [
      Flag(
        "mode", "MODE", fallback: "closed",
        "closed: a new chunk for each answered one; paced: a chunk each period; idle: connections alone; "
          + "handshakes: connections that end after their TLS handshake, again and again."),
      Flag(
        "url", "URL", variables: ["WS_URL"], fallback: "ws://127.0.0.1:8000/api/audio/ws",
        "The server. With wss:// any certificate will do: no secret is sent."),
      Flag("connections", "N", fallback: "1", "Connections at once."),
      Flag("in-flight", "N", fallback: "1", "Closed: unanswered chunks of a connection."),
      Flag("bytes", "N", fallback: "3200", "Bytes of a chunk."),
      Flag("period-ms", "MS", fallback: "100", "Paced: between two chunks of a connection."),
      Flag("resume", "Handshakes: each connection comes back with the first ticket it was given."),
      Flag("start", "Begin each connection with a start message, so that its session can be resumed."),
      Flag("warm-up", "SECONDS", fallback: "0.5", "Under load, before it is measured."),
      Flag("seconds", "SECONDS", fallback: "3", "Measured."),
      Flag("pids", "PID,…", "Processes whose time and memory are told, in this order."),
    ] + Flag.common

  static let help = """
    LoadBenchmark: puts a load on a running server and checks every reply.

    Usage: LoadBenchmark [flags]

    \(Flag.table(flags))

    Latency runs from the moment a chunk is due. Prints one line of JSON.
    Exit status: 0 every chunk was answered twice, in order, or every handshake succeeded; 1 something was lost or wrong; 2 usage.
    """

  init(_ settings: Settings) throws(UsageError) {
    let pace: LoadPlan.Pace
    switch try settings.choice("mode", of: Mode.self) ?? .closed {
    case .closed: pace = .closed(inFlight: try settings.integer("in-flight", in: 1...4096) ?? 1)
    case .paced:
      pace = .paced(periodNanoseconds: (try settings.integer("period-ms", in: 1...60_000) ?? 100) * 1_000_000)
    case .idle: pace = .idle
    case .handshakes: pace = .handshakes(resuming: try settings.isOn("resume"))
    }
    plan = LoadPlan(
      pace: pace, connections: try settings.integer("connections", in: 1...19_900) ?? 1,
      chunkBytes: try settings.integer("bytes", in: 1...(16 << 20)) ?? 3200)
    plan.sendsStart = try settings.isOn("start")
    if let warmUp = try settings.seconds("warm-up", in: 0...600) { plan.warmUpNanoseconds = warmUp.nanoseconds }
    if let seconds = try settings.seconds("seconds", in: 0.1...3600) { plan.measuredNanoseconds = seconds.nanoseconds }
    guard let target = settings.string("url").flatMap({ LoadTarget($0) }) else {
      throw settings.refuse("url", allowed: "ws://ADDRESS:PORT/PATH or wss://…, the address IPv4 in figures")
    }
    if case .handshakes = pace, !target.isEncrypted {
      throw settings.refuse("url", allowed: "wss://ADDRESS:PORT/PATH, as --mode handshakes needs TLS")
    }
    self.target = target
    pids =
      try settings.string("pids").map { text throws(UsageError) in
        try text.split(separator: ",").map { pid throws(UsageError) in
          guard let pid = Int32(pid) else { throw settings.refuse("pids", allowed: "process ids with commas") }
          return pid
        }
      } ?? []
    if let operand = settings.operands.first { throw UsageError("expected flags only, got \"\(operand)\"") }
  }
}

extension Duration {
  var nanoseconds: Int { Int(components.seconds) * 1_000_000_000 + Int(components.attoseconds / 1_000_000_000) }
}
