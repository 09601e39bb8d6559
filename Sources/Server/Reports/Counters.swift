import WorkerLink

/// What one loop has done since the server started.
struct Counters: Equatable, Sendable {
  var connections = 0
  var refusals = 0
  var chunks = 0
  var bytes = 0
  var processed = 0
  var dropped = 0
  var replayed = 0
  var resumptions = 0
  var workersLost = 0
  /// Sessions of an earlier server that go on here.
  var restored = 0
  var journalBytes = 0
  var journalSuspensions = 0

  mutating func add(_ other: Counters) {
    connections += other.connections
    refusals += other.refusals
    chunks += other.chunks
    bytes += other.bytes
    processed += other.processed
    dropped += other.dropped
    replayed += other.replayed
    resumptions += other.resumptions
    workersLost += other.workersLost
    restored += other.restored
    journalBytes += other.journalBytes
    journalSuspensions += other.journalSuspensions
  }
}

/// The state of one loop, and what it has done.
struct LoopSnapshot: Sendable {
  var counters = Counters()
  var connected = 0
  var detached = 0
  var workers: [Report.Worker] = []
  /// What restricts its workers.
  var sandbox: [SandboxLayer] = []
  /// One of its workers has measured something recently.
  var isAnswering = false
}
