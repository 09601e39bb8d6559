import Audio
import Glibc
import IO
import JSON
import Platform
import WebSocket
import WorkerLink

/// The worker processes and the links to them, on the loop's thread. `PoolState` decides, this acts.
final class WorkerPool {
  /// What the pool tells its owner.
  protocol Owner: AnyObject {
    func pool(_ pool: WorkerPool, seat: Int, replied: WorkerReply)
    /// The worker on `seat` is ready, perhaps in a dead one's place.
    func pool(_ pool: WorkerPool, ready seat: Int)
    /// The worker on `seat` is gone and with it everything it had; `crashed` if by its own doing.
    func pool(_ pool: WorkerPool, lost seat: Int, crashed: Bool)
    /// Whether a worker on `seat` still has something to do when the pool is ending.
    func pool(_ pool: WorkerPool, isNeeded seat: Int) -> Bool
    /// Whether the worker on `seat` has one chunk and nothing else, to see whether it dies of it.
    func pool(_ pool: WorkerPool, isTrying seat: Int) -> Bool
    /// The worker on `seat` has taken enough of its queue that its clients may be read again.
    func pool(_ pool: WorkerPool, drained seat: Int)
    /// Every worker is up for the first time.
    func poolIsReady(_ pool: WorkerPool)
    /// No worker could be brought up at all; the sentence says why.
    func pool(_ pool: WorkerPool, cannotStart reason: String)
  }

  private struct Seat {
    var process: WorkerProcess?
    var watch: DescriptorWatch?
    var isDirty = false
    /// Beats since anything came from it, and since it answered a canary.
    var silentBeats = 0
    var canaryBeats = 0
    var canaries: UInt64 = 0
    var wasFull = false
    /// Chunks it was sent and has not answered.
    var owed = 0
  }

  /// Deaths of young workers at start-up before the server gives up.
  private static let startAttempts = 3

  private let loop: EventLoop
  private let path: String
  private let arguments: [String]
  private let log: Log
  /// The number in the log of the worker on the first seat.
  private let firstWorker: Int
  /// A worker that is silent for so many beats is taken for dead.
  private let silentBeats: Int
  private var startPatience = StartPatience()
  /// Set before `start`. Not weak, for the same reason as a server's delegate.
  unowned var owner: (any Owner)?
  private(set) var state: PoolState
  @exclusivity(unchecked) private var seats: [Seat]
  private var dirty: [Int] = []
  private var wasReady = false
  private(set) var isEnding = false
  /// Seats on which a worker is to be started soon.
  private var toStart: Set<Int> = []
  private var failedStarts = 0
  /// Processes killed and not yet reaped.
  private var leaving: [WorkerProcess] = []

  init(
    loop: EventLoop, count: Int, firstWorker: Int = 1, path: String, arguments: [String], timeout: Duration, log: Log
  ) {
    self.firstWorker = firstWorker
    self.loop = loop
    self.path = path
    self.arguments = arguments
    self.log = log
    silentBeats = Int((timeout / Self.beat).rounded())
    state = PoolState(count: count)
    seats = (0..<count).map { _ in Seat() }
  }

  var count: Int { seats.count }

  func start() {
    for seat in seats.indices { start(seat) }
    loop.after(Self.beat, repeating: Self.beat) { [unowned self] in feelPulse() }
  }

  private func start(_ seat: Int) {
    toStart.remove(seat)
    do throws(WorkerLinkError) {
      let process = try WorkerProcess.spawn(path: path, arguments: arguments)
      state.started(seat, now: loop.now)
      seats[seat].process = process
      seats[seat].watch = loop.watch(
        descriptor: process.channel.descriptor,
        readable: { [unowned self] in receive(seat) }, writable: { [unowned self] in flush(seat) })
      log.write(.info, "worker started", ["worker": .number(firstWorker + seat), "pid": .number(Int(process.pid))])
    } catch {
      restart(seat, because: error.description)
    }
  }

  // MARK: What goes to a worker

  /// A seat for a new stream; perhaps one that waits for its worker.
  func seatStream() -> Int { state.seatStream() }

  func isReady(_ seat: Int) -> Bool { state.isReady(seat) }

  /// A stream is over; its worker forgets it.
  func endStream(_ stream: UInt64, on seat: Int) {
    state.streamEnded(seat)
    guard seats[seat].process != nil else { return }
    send(on: seat) { $0.sendEnd(stream: stream) }
  }

  func send(
    _ header: ChunkHeader, odd: UnsafeRawBufferPointer, sound: UnsafeRawBufferPointer, on seat: Int
  ) {
    if !header.isAnswered { seats[seat].owed += 1 }
    send(on: seat) { $0.send(header, odd: odd, sound: sound) }
  }

  func recall(_ header: ChunkHeader, frames: Int, levels: Levels, on seat: Int) {
    send(on: seat) { $0.sendRecall(header, frames: frames, levels: levels) }
  }

  func finish(_ stream: UInt64, seq: UInt64, on seat: Int) {
    send(on: seat) { $0.sendFinish(stream: stream, seq: seq) }
  }

  /// Whether clients on `seat` are not to be read for now.
  func isFull(_ seat: Int) -> Bool { seats[seat].process?.channel.isFull ?? false }

  private func send(on seat: Int, _ body: (WorkerChannel) -> Void) {
    guard let channel = seats[seat].process?.channel else {
      preconditionFailure("Something was sent to a seat without a worker.")
    }
    body(channel)
    if channel.isFull { seats[seat].wasFull = true }
    if channel.queuedBytes >= Self.earlyBytes, seats[seat].watch?.wantsWritable == false { channel.flushEarly() }
    if !seats[seat].isDirty {
      seats[seat].isDirty = true
      dirty.append(seat)
    }
  }

  /// With so much the worker may begin before the round is over, and what it gets is still cached.
  private static let earlyBytes = 128 << 10

  /// Writes what was sent in this round, one write a worker.
  func flush() {
    guard !dirty.isEmpty else { return }
    let seats = dirty
    dirty.removeAll(keepingCapacity: true)
    for seat in seats {
      self.seats[seat].isDirty = false
      flush(seat)
    }
  }

  private func flush(_ seat: Int) {
    guard let channel = seats[seat].process?.channel else { return }
    do throws(WorkerLinkError) {
      switch try channel.flush() {
      case .drained: seats[seat].watch?.wantsWritable = false
      case .blocked: seats[seat].watch?.wantsWritable = true
      case .closed: return lost(seat, because: "its link closed")
      }
    } catch {
      return lost(seat, because: error.description)
    }
    if seats[seat].wasFull, channel.queuedBytes < WorkerPool.lowBytes {
      seats[seat].wasFull = false
      owner?.pool(self, drained: seat)
    }
  }

  /// Where a queue that was full counts as drained.
  private static let lowBytes = 4 << 20

  // MARK: What comes from a worker

  private func receive(_ seat: Int) {
    guard let process = seats[seat].process else { return }
    seats[seat].silentBeats = 0
    do throws(WorkerLinkError) {
      let received = try process.channel.receive { reply in
        // The owner may have replaced the worker because of an earlier reply of the same read.
        guard seats[seat].process === process else { return }
        handle(reply, from: seat)
      }
      guard seats[seat].process === process else { return }
      if received == .closed { lost(seat, because: "its link closed") }
    } catch {
      guard seats[seat].process === process else { return }
      lost(seat, because: error.description)
    }
  }

  /// Waits for what the workers owe, until then at the longest, and hands it on.
  func collectAnswers(until end: Duration) {
    while isOwed {
      let owing = seats.indices.filter { seats[$0].owed > 0 }
      var watched = owing.map { seat in
        let channel = seats[seat].process?.channel
        let events = POLLIN | (channel?.queuedBytes ?? 0 > 0 ? POLLOUT : 0)
        return pollfd(fd: channel?.descriptor ?? -1, events: Int16(events), revents: 0)
      }
      let milliseconds = ((end - EventLoop.clock) / .milliseconds(1)).rounded(.up)
      guard poll(&watched, nfds_t(watched.count), Int32(max(0, milliseconds))) > 0 else { return }
      for (seat, watch) in zip(owing, watched) where watch.revents != 0 {
        if watch.revents & Int16(POLLOUT) != 0 { flush(seat) }
        receive(seat)
      }
      flush()
    }
  }

  private func handle(_ reply: WorkerReply, from seat: Int) {
    if reply.isOfChunk { seats[seat].owed -= 1 }
    if case .result(let header, _) = reply, header.stream == Self.canary {
      seats[seat].canaryBeats = 0
      return
    }
    guard case .ready(let version, _, _) = reply else {
      owner?.pool(self, seat: seat, replied: reply)
      return
    }
    guard version == WorkerReply.version else {
      return lost(seat, because: "it speaks version \(version) of the link, not \(WorkerReply.version)", crashed: true)
    }
    owner?.pool(self, seat: seat, replied: reply)
    // None has answered a canary before it is ready.
    startPatience.cameUp(after: seats[seat].canaryBeats)
    state.ready(seat, now: loop.now)
    owner?.pool(self, ready: seat)
    if !wasReady, state.isComplete {
      wasReady = true
      owner?.poolIsReady(self)
    }
  }

  /// The worker answered what was not asked: it is replaced.
  func replace(_ seat: Int, because reason: String) { lost(seat, because: reason, crashed: true) }

  // MARK: The heartbeat

  /// How often a worker that has said nothing since is asked whether it lives.
  private static let beat = Duration.milliseconds(125)

  /// Beats are counted, not time: a server that stood still itself has not looked for answers either.
  private func feelPulse() {
    for seat in seats.indices where seats[seat].process != nil {
      let allowed = isReady(seat) ? patience(on: seat) : startPatience.beats
      guard seats[seat].silentBeats < allowed else {
        if !isReady(seat) { startPatience.gaveUp() }
        lost(seat, because: "it did not answer", crashed: true)
        continue
      }
      if isReady(seat) { sendCanary(to: seat) }
      seats[seat].silentBeats += 1
      seats[seat].canaryBeats += 1
    }
  }

  /// Four times as long for a chunk on trial: silence costs it its answer, and a large one on a machine that has no time for the
  /// worker looks like one of which it hangs.
  private func patience(on seat: Int) -> Int {
    owner?.pool(self, isTrying: seat) == true ? 4 * silentBeats : silentBeats
  }

  /// The stream no client has: a chunk of it shows whether a worker still measures.
  private static let canary: UInt64 = 0
  private static let canaryBeats = 24

  private func sendCanary(to seat: Int) {
    seats[seat].canaries += 1
    let header = ChunkHeader(
      stream: Self.canary, seq: seats[seat].canaries, startFrame: 0, chunkBytes: 4, format: .standard, engine: .mock)
    let odd = UnsafeRawBufferPointer(start: nil, count: 0)
    withUnsafeBytes(of: UInt32(0x4000_C000)) { send(header, odd: odd, sound: $0, on: seat) }
  }

  /// Whether a chunk that a worker was sent is still unanswered.
  var isOwed: Bool { seats.contains { $0.owed > 0 } }

  /// Whether a worker has measured something within the last three seconds.
  var isAnswering: Bool {
    seats.indices.contains { isReady($0) && seats[$0].canaryBeats <= Self.canaryBeats }
  }

  var report: [Report.Worker] {
    seats.indices.map { seat in
      let process = seats[seat].process
      return Report.Worker(
        pid: process.map { Int($0.pid) }, isReady: isReady(seat), streams: state.streams(on: seat),
        queuedBytes: process?.channel.queuedBytes ?? 0)
    }
  }

  private func lost(_ seat: Int, because reason: String, crashed: Bool = false) {
    guard let process = seats[seat].process else { return }
    seats[seat].watch?.cancel()
    seats[seat] = Seat(isDirty: seats[seat].isDirty)
    let exit = crashed ? nil : process.reapSoon()
    process.kill()
    if exit == nil { leaving.append(process) }
    leaving.removeAll { $0.reap() != nil }
    guard !isEnding || owner?.pool(self, isNeeded: seat) == true else {
      _ = state.lost(seat, now: loop.now)
      owner?.pool(self, lost: seat, crashed: false)
      return
    }
    restart(seat, because: exit.map { "\(reason): \($0)" } ?? reason)
    owner?.pool(self, lost: seat, crashed: crashed || exit?.isCrash == true)
  }

  private func restart(_ seat: Int, because reason: String) {
    let pause = state.lost(seat, now: loop.now)
    log.write(.error, "worker lost", ["worker": .number(firstWorker + seat), "reason": .string(reason)])
    if !wasReady {
      failedStarts += 1
      guard failedStarts < Self.startAttempts else {
        owner?.pool(self, cannotStart: "the worker \(path) does not come up: \(reason)")
        return
      }
    }
    // Also without a pause not at once: the loss is told first, in this round.
    toStart.insert(seat)
    loop.after(pause) { [unowned self] in if toStart.contains(seat) { start(seat) } }
  }

  // MARK: The end

  /// Whether a worker runs or is to run.
  var isAtWork: Bool { !state.isEmpty || !toStart.isEmpty }

  /// No stream is taken any more; the workers answer what they have and exit. Those on a seat where something is still
  /// `missing` are to be told by `finish`.
  func finishAll(unless missing: (Int) -> Bool) {
    isEnding = true
    for seat in seats.indices where !missing(seat) { finish(seat) }
    // One that is still to come up, and that nobody waits for, need not.
    for seat in seats.indices where !isReady(seat) && owner?.pool(self, isNeeded: seat) != true {
      toStart.remove(seat)
      seats[seat].process?.kill()
    }
    flush()
  }

  /// The worker on `seat` answers what it has and exits.
  func finish(_ seat: Int) {
    guard seats[seat].process != nil else { return }
    send(on: seat) { $0.sendShutdown() }
  }

  /// Ends what still runs.
  func killAll() {
    isEnding = true
    owner = nil
    for seat in seats.indices where seats[seat].process != nil { lost(seat, because: "the server ends", crashed: true) }
    toStart = []
  }
}
