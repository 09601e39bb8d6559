import Audio
import Dialects
import JSON
import Platform
import Recognition
import Streams
import Transports
import WorkerLink

/// The workers of one loop on this machine: carries out what `WorkerPool` decides.
final class Workers: WorkerSet, WorkerTransportDelegate {
  /// What the owner of the workers is told.
  protocol Owner: AnyObject {
    func workers(replied reply: WorkerReply, from slot: Int)
    /// The worker in this slot is ready, perhaps as a replacement.
    func workers(ready slot: Int)
    /// The worker in this slot is gone with everything it had; `crashed` if by its own doing.
    /// - Parameter blame: whether a chunk may be why.
    func workers(lost slot: Int, crashed: Bool, blame: Blame)
    /// The slot stays empty: its streams need another.
    func workers(refused slot: Int)
    /// The worker in this slot has lost its streams and nothing else: it will be ready for them again.
    func workers(interrupted slot: Int)
    /// So many streams of this slot go to other workers, each once it is owed nothing.
    @discardableResult
    func workers(moving streams: Int, from slot: Int, because reason: MoveReason) -> Int
    /// Whether streams in this slot still wait for answers.
    func workers(areNeeded slot: Int) -> Bool
    /// Whether the worker has one chunk and nothing else, to see whether it dies of it.
    func workers(areOnTrial slot: Int) -> Bool
    /// The queue of this slot has room again.
    func workers(drained slot: Int)
    /// Every worker is up for the first time.
    func workersAreReady()
    /// No worker can be had to try chunks of this slot alone.
    func workers(cannotTry slot: Int, because reason: String)
    /// The workers can't be brought up; the sentence says why, the status what the server exits with.
    func workers(cannotStart reason: String, status: Int32)
  }

  private let loop: any LoopTime
  private let log: Log
  private let transport: any WorkerTransport
  private let gateway: UInt64
  /// The number in the log of the worker in the first slot.
  let firstWorker: Int
  /// Set before `start`. Not weak: a weak reference puts every retain of its object on the slow path. It is read for
  /// each reply, and never changed meanwhile.
  // Checks of these took 560 instructions a chunk, beside 7,900 for all else.
  @exclusivity(unchecked) unowned var owner: (any Owner)?
  @exclusivity(unchecked) private var pool: WorkerPool
  @exclusivity(unchecked) private var links: [Link]
  /// What restricts the workers, as the last one that came up said.
  private(set) var sandbox: [SandboxLayer] = []
  /// Seconds of audio in each slot that wait to be decoded, for reports.
  var backlogs: [Double]
  /// Slots in which a worker is to be started soon.
  private var startsDue: Set<Int> = []

  /// The way to the worker in a slot.
  private struct Link {
    /// nil while there is no worker.
    var output: FrameOutput?
    /// Chunks it was sent and has not answered.
    var owedChunks = 0
    /// When the last heartbeat was sent that is not answered, and how long the last one took that is.
    var heartbeatSince: Double?
    var heartbeatSeconds: Double?
  }

  /// - Parameter gateway: the random id of this life of the gateway.
  init(
    loop: any LoopTime, transport: any WorkerTransport, count: Int, firstWorker: Int, gateway: UInt64,
    timeout: Duration, log: Log
  ) {
    self.loop = loop
    self.log = log
    self.transport = transport
    self.gateway = gateway
    self.firstWorker = firstWorker
    pool = WorkerPool(count: count, timeout: timeout)
    links = Array(repeating: Link(), count: count)
    backlogs = Array(repeating: 0, count: count)
    transport.delegate = self
  }

  var count: Int { pool.count }
  var isEnding: Bool { pool.isEnding }

  func start() {
    for slot in 0..<pool.count { start(slot) }
    beginHeartbeats()
  }

  /// Begins without workers: each is started by `require`, and again only while streams wait for it.
  func startOnDemand() {
    pool.end()
    beginHeartbeats()
  }

  /// There is to be a worker in this slot.
  func require(_ slot: Int) { if pool.isDown(slot), !startsDue.contains(slot) { start(slot) } }

  private func beginHeartbeats() {
    loop.call(after: WorkerPool.beat, repeating: WorkerPool.beat) { [unowned self] in checkHeartbeats() }
  }

  private func start(_ slot: Int) {
    startsDue.remove(slot)
    do throws(WorkerLinkError) {
      links[slot].output = try transport.open(slot)
      pool.started(slot)
      log.write(
        .info, "worker started",
        ["worker": .number(firstWorker + slot), "pid": transport.pid(slot).map { .number(Int($0)) } ?? .null])
    } catch {
      lost(slot, because: error.description, crashed: false)
    }
  }

  // MARK: Streams

  // They have no capacity: finals that are late refuse streams.
  func admit(_ engine: String) -> RejectionReason? { nil }
  func assign(_ request: StreamRequest, isSuspect: Bool) -> Int { pool.assign() }
  // A replacement worker has nothing else to do while a chunk is on trial.
  func isForTrials(_ slot: Int) -> Bool { false }
  func streams(on slot: Int) -> Int { pool.streams(on: slot) }
  func isReady(_ slot: Int) -> Bool { pool.isReady(slot) }
  /// Whether the clients of this slot should not be read for now.
  func isFull(_ slot: Int) -> Bool { links[slot].output?.isFull ?? false }

  func open(_ stream: StreamID, _ request: StreamRequest, from checkpoint: Checkpoint, in slot: Int) {
    send(to: slot) { $0.open(stream: stream, request: request, from: checkpoint) }
  }

  /// Sends a chunk of whole sample frames.
  /// - Returns: whether the queue is full now.
  func send(_ header: ChunkHeader, _ samples: UnsafeRawBufferPointer, to slot: Int) -> Bool {
    guard let output = links[slot].output else { return false }
    if !header.isAnswered { links[slot].owedChunks += 1 }
    queue(in: output) { $0.chunk(header, samples) }
    return output.isFull
  }

  func finish(_ stream: StreamID, seq: Int, in slot: Int) { send(to: slot) { $0.finish(stream, seq: seq) } }

  /// The stream is over, or leaves: its worker forgets it.
  func close(_ stream: StreamID, in slot: Int) {
    pool.streamEnded(on: slot)
    send(to: slot) { $0.close(stream) }
  }

  /// Queues other frames; nothing happens in an empty slot.
  private func send(to slot: Int, _ write: (FrameWriter) -> Void) {
    if let output = links[slot].output { queue(in: output, write) }
  }

  /// Queues frames. If others wait there, the end of the round or room in the kernel is awaited already.
  private func queue(in output: FrameOutput, _ write: (FrameWriter) -> Void) {
    if output.queuedBytes == 0 { loop.atRoundEnd(output) }
    write(output.frames)
    if output.queuedBytes >= FrameOutput.earlyBytes { output.writeEarly() }
  }

  var batching: (longest: Duration, fullRate: Double) { (.seconds(1), 0) }

  /// They end with their server.
  var keepers: (any SessionKeepers)? { nil }

  /// Whether a chunk that a worker was sent is unanswered.
  var isOwed: Bool { links.contains { $0.owedChunks > 0 } }

  /// Waits for what the workers owe, until then at the latest.
  func collectAnswers(until end: Duration) {
    while isOwed {
      guard transport.receive(from: links.indices.filter { links[$0].owedChunks > 0 }, until: end) else { return }
      for link in links where link.output?.queuedBytes ?? 0 > 0 { link.output?.roundEnds() }
    }
  }

  // MARK: From the transport

  func transport(received reply: WorkerReply, from slot: Int) {
    pool.heard(from: slot)
    switch reply {
    case .hello(let hello): greet(hello, slot, reply)
    case .result, .text:
      links[slot].owedChunks -= 1
      guard reply.stream != heartbeatStream else { return heartbeatAnswered(slot) }
      owner?.workers(replied: reply, from: slot)
    case .failed(_, _, .chunk, _):
      links[slot].owedChunks -= 1
      owner?.workers(replied: reply, from: slot)
    case .failed, .updates, .finished, .behind, .decoded, .image, .untaken, .fenced:
      owner?.workers(replied: reply, from: slot)
    }
  }

  private func greet(_ hello: WorkerHello, _ slot: Int, _ reply: WorkerReply) {
    guard let version = LinkVersion.negotiate(LinkVersion.supported, hello.versions) else {
      return refuse(slot, hello.versions)
    }
    links[slot].output?.agreed(on: version, with: hello)
    send(to: slot) {
      $0.welcome(version: version)
      $0.open(stream: heartbeatStream, request: Self.heartbeatRequest, from: Checkpoint(frame: 0))
    }
    if hello.sandbox != sandbox || hello.sandbox.isEmpty {
      // Of several loops the first one tells, and whichever sees a change.
      let isNews = firstWorker == 1 || !sandbox.isEmpty
      sandbox = hello.sandbox
      if isNews { logSandbox(slot) }
    }
    owner?.workers(replied: reply, from: slot)
    let areAllReady = pool.ready(slot, now: loop.now)
    owner?.workers(ready: slot)
    if areAllReady { owner?.workersAreReady() }
  }

  private func logSandbox(_ slot: Int) {
    guard !sandbox.isEmpty else {
      return log.write(.warning, "worker has no sandbox", ["worker": .number(firstWorker + slot)])
    }
    let held = sandbox.filter { $0.problem == nil }.map(\.name)
    log.write(
      .info, "worker sandbox", ["worker": .number(firstWorker + slot), "layers": .string(held.joined(separator: ","))])
    // One of the two keeps files from it.
    let isOpen = ["landlock", "namespaces"].allSatisfy { !held.contains($0) }
    for layer in sandbox {
      guard let problem = layer.problem else { continue }
      log.write(
        isOpen ? .warning : .info, "worker sandbox lacks a layer",
        ["layer": .string(layer.name), "reason": .string(problem)])
    }
  }

  private func refuse(_ slot: Int, _ theirs: ClosedRange<Int>) {
    let reason =
      "worker speaks version \(theirs.text) of the link, this server \(LinkVersion.supported.text): install both from the same release"
    close(slot)
    let refusal = pool.refused(slot)
    log.write(.error, "worker refused", ["worker": .number(firstWorker + slot), "reason": .string(reason)])
    switch refusal {
    case .moveStreams: owner?.workers(refused: slot)
    case .giveUp: owner?.workers(cannotStart: reason, status: 1)
    }
  }

  func transport(lost slot: Int, reason: LinkLoss, exit: WorkerExit?) {
    var words = reason.words
    if let exit { words += ": \(exit)" }
    // It has said what is wrong with its arguments, which are the server's.
    if exit == .exited(Self.usageError), !pool.wasComplete {
      owner?.workers(cannotStart: "the worker rejected its arguments (see above)", status: Self.usageError)
      return
    }
    lost(slot, because: words, crashed: exit?.isCrash == true)
  }

  private static let usageError: Int32 = 2

  func transport(drained slot: Int) { owner?.workers(drained: slot) }

  /// The worker answered what was not asked: it is replaced.
  func replace(_ slot: Int, because reason: String) {
    guard transport.isOpen(slot) else { return }
    close(slot)
    lost(slot, because: reason, crashed: true)
  }

  private func close(_ slot: Int) {
    transport.close(slot)
    links[slot] = Link()
  }

  private func lost(_ slot: Int, because reason: String, crashed: Bool) {
    links[slot] = Link()
    let loss = pool.lost(slot, now: loop.now, isNeeded: owner?.workers(areNeeded: slot) == true)
    if loss != .leaveDown {
      log.write(.error, "worker lost", ["worker": .number(firstWorker + slot), "reason": .string(reason)])
    }
    switch loss {
    case .leaveDown: owner?.workers(lost: slot, crashed: false, blame: .likely)
    case .giveUp: owner?.workers(cannotStart: reason, status: 1)
    case .restart(let pause):
      // Even without a pause not at once: the loss is reported first, in this round.
      startsDue.insert(slot)
      loop.call(after: pause) { [unowned self] in if startsDue.contains(slot) { start(slot) } }
      owner?.workers(lost: slot, crashed: crashed, blame: .likely)
    }
  }

  // MARK: Heartbeats

  /// The stream no client has: a chunk of it shows whether a worker still measures.
  private var heartbeatStream: StreamID { StreamID(gateway: gateway, number: 0) }
  private static let heartbeatRequest = StreamRequest(format: .standard, engine: "mock")

  private func checkHeartbeats() {
    for check in pool.checkHeartbeats(isOnTrial: { owner?.workers(areOnTrial: $0) == true }) {
      switch check {
      case .replace(let slot): replace(slot, because: "no response")
      case .sendHeartbeat(let slot, let seq):
        let header = ChunkHeader(stream: heartbeatStream, seq: seq, startFrame: 0, chunkBytes: 4, isAnswered: false)
        withUnsafeBytes(of: UInt32(0x4000_C000)) { _ = send(header, $0, to: slot) }
        // Of several that wait, the first one says how long the worker has not answered.
        if links[slot].heartbeatSince == nil { links[slot].heartbeatSince = loop.nowInSeconds }
      }
    }
  }

  private func heartbeatAnswered(_ slot: Int) {
    pool.heartbeatAnswered(slot)
    guard let since = links[slot].heartbeatSince else { return }
    links[slot].heartbeatSeconds = loop.nowInSeconds - since
    links[slot].heartbeatSince = nil
  }

  // MARK: Reports

  var linkCounters: LinkCounters { LinkCounters() }
  var problem: String? { pool.isAnswering ? nil : "no worker has responded recently" }

  func machine(of slot: Int) -> String? { nil }

  var report: [Report.Worker] {
    (0..<pool.count).map { slot in
      Report.Worker(
        number: firstWorker + slot, pid: transport.pid(slot).map(Int.init), isReady: pool.isReady(slot),
        streams: pool.streams(on: slot), queuedBytes: links[slot].output?.queuedBytes ?? 0,
        backlogSeconds: backlogs[slot], heartbeatSeconds: links[slot].heartbeatSeconds)
    }
  }

  // MARK: The end

  /// Whether a worker runs or is to run.
  var isAtWork: Bool { !pool.isEmpty || !startsDue.isEmpty }

  /// No stream is taken any more: the workers answer what they have and exit. One that still has to be given something
  /// is told later, by `finish`.
  func finishAll(unless isRecovering: (Int) -> Bool) {
    pool.end()
    for slot in 0..<pool.count where !isRecovering(slot) { finish(slot) }
    // A worker that is still to come up is not needed where nothing waits for it.
    for slot in 0..<pool.count where !pool.isReady(slot) && owner?.workers(areNeeded: slot) != true {
      startsDue.remove(slot)
      guard transport.isOpen(slot) else { continue }
      close(slot)
      lost(slot, because: "the server is shutting down", crashed: false)
    }
  }

  /// The worker in this slot answers what it has and exits.
  func finish(_ slot: Int) { send(to: slot) { $0.shutdown() } }

  /// Ends what still runs.
  func killAll() {
    pool.end()
    owner = nil
    startsDue = []
    for slot in 0..<pool.count where transport.isOpen(slot) {
      close(slot)
      _ = pool.lost(slot, now: loop.now, isNeeded: false)
    }
  }
}

extension LinkLoss {
  fileprivate var words: String {
    switch self {
    case .closed: "link closed"
    case .error(let error): error.description
    }
  }
}

extension ClosedRange<Int> {
  var text: String { count == 1 ? "\(lowerBound)" : "\(lowerBound) to \(upperBound)" }
}
