import WebSocket
import Wire
import WorkerLink

/// The worker processes and the links to them, on the loop's thread. `PoolState` decides, this acts.
final class WorkerPool {
  /// What the pool tells its owner.
  protocol Owner: AnyObject {
    func pool(_ pool: WorkerPool, seat: Int, replied: WorkerReply)
    /// The worker on `seat` is gone: everything with it is lost.
    func pool(_ pool: WorkerPool, lost seat: Int)
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
    var wasFull = false
  }

  /// Deaths of young workers at start-up before the server gives up.
  private static let startAttempts = 3

  private let loop: EventLoop
  private let path: String
  private let arguments: [String]
  private let log: Log
  private weak var owner: (any Owner)?
  private(set) var state: PoolState
  private var seats: [Seat]
  private var dirty: [Int] = []
  private var wasReady = false
  private var isEnding = false
  private var failedStarts = 0
  /// Processes killed and not yet reaped.
  private var leaving: [WorkerProcess] = []

  init(loop: EventLoop, count: Int, path: String, arguments: [String], log: Log, owner: any Owner) {
    self.loop = loop
    self.path = path
    self.arguments = arguments
    self.log = log
    self.owner = owner
    state = PoolState(count: count)
    seats = (0..<count).map { _ in Seat() }
  }

  func start() {
    for seat in seats.indices { start(seat) }
  }

  private func start(_ seat: Int) {
    guard !isEnding else { return }
    do throws(WorkerLinkError) {
      let process = try WorkerProcess.spawn(path: path, arguments: arguments)
      state.started(seat, now: loop.now)
      seats[seat].process = process
      seats[seat].watch = loop.watch(
        descriptor: process.channel.descriptor,
        readable: { [unowned self] in receive(seat) }, writable: { [unowned self] in flush(seat) })
      log.write(.info, "worker started", ["worker": .number(seat + 1), "pid": .number(Int(process.pid))])
    } catch {
      restart(seat, because: error.description)
    }
  }

  // MARK: What goes to a worker

  /// A seat for a new stream, or nil when no worker is up.
  func seatStream() -> Int? { isEnding ? nil : state.seatStream() }

  /// A stream is over; its worker forgets it.
  func endStream(_ stream: UInt64, on seat: Int) {
    state.streamEnded(seat)
    send(on: seat) { $0.sendEnd(stream: stream) }
  }

  func send(
    _ header: ChunkHeader, odd: UnsafeRawBufferPointer, sound: UnsafeRawBufferPointer, on seat: Int
  ) {
    send(on: seat) { $0.send(header, odd: odd, sound: sound) }
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
    if !seats[seat].isDirty {
      seats[seat].isDirty = true
      dirty.append(seat)
    }
  }

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

  private func handle(_ reply: WorkerReply, from seat: Int) {
    guard case .ready(let version, _, _) = reply else {
      owner?.pool(self, seat: seat, replied: reply)
      return
    }
    guard version == WorkerReply.version else {
      return lost(seat, because: "it speaks version \(version) of the link, not \(WorkerReply.version)")
    }
    owner?.pool(self, seat: seat, replied: reply)
    state.ready(seat, now: loop.now)
    if !wasReady, state.isComplete {
      wasReady = true
      owner?.poolIsReady(self)
    }
  }

  /// The worker answered what was not asked: it is replaced.
  func replace(_ seat: Int, because reason: String) { lost(seat, because: reason) }

  private func lost(_ seat: Int, because reason: String) {
    guard let process = seats[seat].process else { return }
    seats[seat].watch?.cancel()
    seats[seat] = Seat(isDirty: seats[seat].isDirty)
    process.kill()
    let exit = process.reap()
    if exit == nil { leaving.append(process) }
    leaving.removeAll { $0.reap() != nil }
    guard !isEnding else {
      _ = state.lost(seat, now: loop.now)
      owner?.pool(self, lost: seat)
      return
    }
    restart(seat, because: exit.map { "\(reason): \($0)" } ?? reason)
    owner?.pool(self, lost: seat)
  }

  private func restart(_ seat: Int, because reason: String) {
    let pause = state.lost(seat, now: loop.now)
    log.write(.error, "worker lost", ["worker": .number(seat + 1), "reason": .string(reason)])
    if !wasReady {
      failedStarts += 1
      guard failedStarts < Self.startAttempts else {
        owner?.pool(self, cannotStart: "the worker \(path) does not come up: \(reason)")
        return
      }
    }
    // Also without a pause not at once: the loss is told first, in this round.
    loop.after(pause) { [weak self] in self?.start(seat) }
  }

  // MARK: The end

  /// No stream is taken any more; the workers answer what they have and exit.
  func finishAll() {
    isEnding = true
    for seat in seats.indices where seats[seat].process != nil {
      send(on: seat) { $0.sendShutdown() }
    }
    flush()
  }

  /// Ends what still runs.
  func killAll() {
    isEnding = true
    for seat in seats.indices where seats[seat].process != nil { lost(seat, because: "the server ends") }
  }
}
