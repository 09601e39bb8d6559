import JSON
import Platform
import Recognition
import Streams
import Transports
import WorkerLink

/// A process of the gateway's own, beside distant workers: a chunk that was in flight with one when that crashed is
/// alone with this. It is started when there is such a chunk, and ends when there has been none for a while.
final class TrialWorker: Workers.Owner {
  private let loop: any LoopTime
  private let log: Log
  private let workers: Workers
  /// What the owner takes for the slot of this worker.
  private let slot: Int
  /// Set before it is used.
  unowned var owner: (any Workers.Owner)?
  /// Why there can be none for the moment: what was missing may come.
  private var problem: String?
  /// Whether it has come up since it was started.
  private var isUp = false
  /// How often one was asked for: none is ended that was asked for again.
  private var demands = 0

  /// How long it is kept without streams: it may have loaded a model.
  private static let idleTime = Duration.seconds(60)

  /// - Parameter number: of this worker in the log.
  init(
    loop: any LoopTime, transport: any WorkerTransport, slot: Int, number: Int, gateway: UInt64, timeout: Duration,
    log: Log
  ) {
    self.loop = loop
    self.log = log
    self.slot = slot
    workers = Workers(
      loop: loop, transport: transport, count: 1, firstWorker: number, gateway: gateway, timeout: timeout, log: log)
    workers.owner = self
  }

  func start() { workers.startOnDemand() }

  // MARK: Streams

  func assign(_ request: StreamRequest) {
    _ = workers.assign(request, isSuspect: true)
    demands += 1
    if problem == nil { workers.require(0) }
    // In a round of its own: the stream is not there yet.
    loop.call(after: .zero) { [unowned self] in
      if let problem { refuse(problem) } else if isReady { owner?.workers(ready: slot) }
    }
  }

  var isReady: Bool { workers.isReady(0) }
  var isFull: Bool { workers.isFull(0) }
  var streams: Int { workers.streams(on: 0) }

  func open(_ stream: StreamID, _ request: StreamRequest, from checkpoint: Checkpoint) {
    workers.open(stream, request, from: checkpoint, in: 0)
  }

  func send(_ header: ChunkHeader, _ samples: UnsafeRawBufferPointer) -> Bool { workers.send(header, samples, to: 0) }
  func finish(_ stream: StreamID, seq: Int) { workers.finish(stream, seq: seq, in: 0) }
  func replace(because reason: String) { workers.replace(0, because: reason) }

  func close(_ stream: StreamID) {
    workers.close(stream, in: 0)
    guard streams == 0 else { return }
    let demand = demands
    loop.call(after: Self.idleTime) { [unowned self] in if demands == demand { workers.finish(0) } }
  }

  var isOwed: Bool { workers.isOwed }
  var report: Report.Worker? { workers.report.first.flatMap { $0.isReady || streams > 0 ? $0 : nil } }
  func kill() { workers.killAll() }

  /// The chunks that wait can't be tried.
  private func refuse(_ problem: String) {
    owner?.workers(
      cannotTry: slot,
      because: "a worker crashed while it had this chunk, and no other can be started to try it alone: \(problem)")
  }

  // MARK: From the worker

  func workers(replied reply: WorkerReply, from _: Int) {
    switch reply {
    // Streams are placed by the engines of distant workers.
    case .hello: break
    case .failed(let stream, let seq, .chunk, let reason):
      owner?.workers(
        replied: .failed(
          stream, seq: seq, .chunk, reason: "a worker crashed while it had this chunk; tried alone: \(reason)"),
        from: slot)
    default: owner?.workers(replied: reply, from: slot)
    }
  }

  func workers(ready _: Int) {
    isUp = true
    owner?.workers(ready: slot)
  }

  func workers(refused _: Int) {}
  func workers(interrupted _: Int) {}
  func workers(moving streams: Int, from _: Int, because _: MoveReason) -> Int { 0 }
  func workers(cannotTry _: Int, because reason: String) {}
  func workers(drained _: Int) { owner?.workers(drained: slot) }
  func workersAreReady() {}

  func workers(lost _: Int, crashed: Bool, blame: Blame) {
    // One that did not come up had no audio to die of.
    if isUp, streams > 0 { owner?.workers(lost: slot, crashed: crashed, blame: blame) }
    isUp = false
  }

  func workers(areNeeded _: Int) -> Bool { owner?.workers(areNeeded: slot) == true }
  func workers(areOnTrial _: Int) -> Bool { owner?.workers(areOnTrial: slot) == true }

  func workers(cannotStart reason: String, status: Int32) {
    problem = reason
    loop.call(after: Self.idleTime) { [unowned self] in problem = nil }
    log.write(.error, "no worker to try chunks alone", ["reason": .string(reason)])
    refuse(reason)
  }
}
