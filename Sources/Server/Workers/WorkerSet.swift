import Dialects
import Recognition
import WorkerLink

/// The workers of one loop, on this machine or at a broker. A slot is one worker's place.
protocol WorkerSet: AnyObject {
  /// Set before `start`.
  var owner: (any Workers.Owner)? { get set }
  /// Slots, with and without a worker.
  var count: Int { get }
  /// The number in reports of the worker in the first slot.
  var firstWorker: Int { get }
  func start()

  // MARK: Streams

  /// A new client asks for a stream for this engine.
  /// - Returns: the refusal, if all workers that would take it are full.
  func admit(_ engine: String) -> RejectionReason?
  /// A slot for a stream.
  /// - Parameter isSuspect: whether it has chunks that may be what workers die of.
  func assign(_ request: StreamRequest, isSuspect: Bool) -> Int
  /// Whether the worker in this slot is there for chunks on trial alone: streams leave it when those are answered.
  func isForTrials(_ slot: Int) -> Bool
  func isReady(_ slot: Int) -> Bool
  /// Whether the clients of this slot should not be read for now.
  func isFull(_ slot: Int) -> Bool
  func open(_ stream: StreamID, _ request: StreamRequest, from checkpoint: Checkpoint, in slot: Int)
  /// Sends a chunk of whole sample frames.
  /// - Returns: whether the queue is full now.
  func send(_ header: ChunkHeader, _ samples: UnsafeRawBufferPointer, to slot: Int) -> Bool
  func finish(_ stream: StreamID, seq: Int, in slot: Int)
  /// The stream is over, or leaves: its worker forgets it.
  func close(_ stream: StreamID, in slot: Int)
  /// The worker answered what was not asked.
  func replace(_ slot: Int, because reason: String)

  /// Whether a chunk that a worker was sent is unanswered.
  var isOwed: Bool { get }
  /// Waits for what the workers owe, until then at the latest.
  func collectAnswers(until end: Duration)

  /// For sessions that survive their server; nil: these workers keep no copies.
  var keepers: (any SessionKeepers)? { get }

  /// For how long chunks may be collected: answers that come meanwhile wait, too, unless `collectAnswers` waits for
  /// them.
  var batching: (longest: Duration, fullRate: Double) { get }

  // MARK: Reports

  /// Why no stream would be served now; nil if streams are.
  var problem: String? { get }
  var report: [Report.Worker] { get }
  /// Counters of links over a broker; empty without one.
  var linkCounters: LinkCounters { get }
  /// The machine of the worker in this slot; nil: this one.
  func machine(of slot: Int) -> String?
  /// What restricts the workers, as the last one that came up said.
  var sandbox: [SandboxLayer] { get }
  /// Seconds of audio in each slot that wait to be decoded, for reports.
  var backlogs: [Double] { get set }

  // MARK: The end

  var isEnding: Bool { get }
  /// Whether a worker still has something to do before the server ends.
  var isAtWork: Bool { get }
  /// No stream is taken any more: the workers answer what they have.
  func finishAll(unless isRecovering: (Int) -> Bool)
  /// The worker in this slot has been given everything.
  func finish(_ slot: Int)
  /// Gives up what still runs.
  func killAll()
}
