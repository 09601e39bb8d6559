import Platform
import Recognition
import WorkerLink

/// What one loop has done since the server started.
struct Counters: Equatable, Sendable {
  var refusals = RefusalCounters()
  var dialects = DialectCounters()
  var chunks = 0
  var bytes = 0
  var processed = 0
  var dropped = 0
  var losses = LossCounters()
  var sessions = SessionCounters()
  var journal = JournalCounters()
  var overload = OverloadCounters()
  var recognition = RecognitionCounters()
  var latencies = Latencies()

  /// WebSockets opened.
  var connections: Int { dialects.all.reduce(0) { $0 + $1.count.streams } }

  mutating func add(_ other: Counters) {
    refusals.add(other.refusals)
    dialects.add(other.dialects)
    chunks += other.chunks
    bytes += other.bytes
    processed += other.processed
    dropped += other.dropped
    losses.add(other.losses)
    sessions.add(other.sessions)
    journal.add(other.journal)
    overload.add(other.overload)
    recognition.add(other.recognition)
    latencies.add(other.latencies)
  }
}

/// Sessions whose client returned.
struct SessionCounters: Equatable, Sendable {
  var resumed = 0
  /// Taken over from another server, by where the copy was.
  var taken: [CopySource: Int] = [:]
  /// Copies that lack what the client has.
  var refusedCopies = 0
  /// Lost to another server.
  var fenced = 0
  /// Asked for and nowhere to be found.
  var gone = 0
  var directory = DirectoryCounters()

  var takenInAll: Int { taken.values.reduce(0, +) }

  mutating func add(_ other: SessionCounters) {
    resumed += other.resumed
    taken.merge(other.taken, uniquingKeysWith: +)
    refusedCopies += other.refusedCopies
    fenced += other.fenced
    gone += other.gone
    directory.add(other.directory)
  }
}

/// Places where copies of sessions are.
enum CopySource: String, CaseIterable {
  case worker, server, directory
}

/// Requests to the directory of sessions.
struct DirectoryCounters: Equatable, Sendable {
  /// Changes by what became of them.
  var changed = 0
  var conflicts = 0
  var unanswered = 0
  /// Times until answers came, to reads and changes.
  var times = DelayHistogram()

  mutating func add(_ other: DirectoryCounters) {
    changed += other.changed
    conflicts += other.conflicts
    unanswered += other.unanswered
    times.add(other.times)
  }
}

/// Workers that died or hung, and links to them that ended.
struct LossCounters: Equatable, Sendable {
  var workers = 0
  /// Chunks that others were sent again.
  var replayed = 0
  var links = LinkCounters()
  /// Streams that went to another worker while theirs was well.
  var moved: [MoveReason: Int] = [:]

  mutating func add(_ other: LossCounters) {
    workers += other.workers
    replayed += other.replayed
    links.add(other.links)
    moved.merge(other.moved, uniquingKeysWith: +)
  }
}

/// What was done with the journal.
struct JournalCounters: Equatable, Sendable {
  /// Sessions of an earlier server that go on here.
  var restored = 0
  var bytes = 0
  var suspensions = 0

  mutating func add(_ other: JournalCounters) {
    restored += other.restored
    bytes += other.bytes
    suspensions += other.suspensions
  }
}

/// What was not done because there was too much to do.
struct OverloadCounters: Equatable, Sendable {
  /// Streams refused, and streams delayed, because there was too much to recognize.
  var refused = 0
  var delayed = 0
  /// Dropped because memory was short: audio for replacement workers, and unfinished messages.
  var replayBytes = 0
  var messages = 0

  mutating func add(_ other: OverloadCounters) {
    refused += other.refused
    delayed += other.delayed
    replayBytes += other.replayBytes
    messages += other.messages
  }
}

/// What engines have decoded whose utterances span chunks.
struct RecognitionCounters: Equatable, Sendable {
  /// Final texts that are not empty.
  var segments = 0
  /// Partial texts not made for lack of time.
  var partialsSkipped = 0
  /// How long decodings took: for partial texts, and for final ones.
  var partialDecodings = DelayHistogram()
  var finalDecodings = DelayHistogram()

  mutating func add(_ time: DecodingTime) {
    if time.isFinal { finalDecodings.add(time.seconds) } else { partialDecodings.add(time.seconds) }
  }

  mutating func add(_ other: RecognitionCounters) {
    segments += other.segments
    partialsSkipped += other.partialsSkipped
    partialDecodings.add(other.partialDecodings)
    finalDecodings.add(other.finalDecodings)
  }
}

/// How long clients wait for the server.
struct Latencies: Equatable, Sendable {
  /// From reading a chunk to writing its acknowledgement.
  var acknowledgement = DelayHistogram()
  /// From reading a chunk to its answer.
  var answer = DelayHistogram()
  /// From the end of an utterance of a live stream to its final text.
  var final = DelayHistogram()

  mutating func add(_ other: Latencies) {
    acknowledgement.add(other.acknowledgement)
    answer.add(other.answer)
    final.add(other.final)
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
  /// Why its workers serve no stream; nil if they do.
  var workersProblem: String? = "not started yet"
  /// How late its final texts come, in seconds; nil where too few have come to say.
  var finalDelay: Double?
}
