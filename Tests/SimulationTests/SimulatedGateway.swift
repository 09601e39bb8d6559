import Audio
import Platform
import Recognition
import WorkerLink

@testable import Server
@testable import Streams

/// A gateway: the product's sessions, recovery and workers, and between them what the gateway of the server does, with
/// the account of every stream checked after every event.
final class SimulatedGateway: Workers.Owner {
  /// A stream with its client's connection, while there is one.
  final class Session {
    var stream: StreamSession
    let digest = StreamDigest()
    let client: SimulatedClient
    var socket: SimulatedSocket?
    /// What is said with the next message.
    var settled: [Int] = []

    init(_ stream: consuming StreamSession, _ client: SimulatedClient) {
      self.stream = stream
      self.client = client
    }

    var id: UInt64 { stream.id.number }
  }

  let machine: String
  let host: SimulatedHost
  private let clock: SimulatedClock
  private let gateway: UInt64
  private let rules: SimulatedRules
  private let workers: DistantWorkers
  private var sessions: [UInt64: Session] = [:]
  private var slots: [(recovery: SlotRecovery, blocked: [Session])]
  private var budget = MemoryBudget(limitBytes: 1 << 40)
  private var lastNumber: UInt64 = 0
  /// Workers that were given up, or said to be gone.
  private(set) var lostWorkers = 0

  /// - Parameter life: of this process on the machine.
  init(
    _ machine: String, life: Int, _ clock: SimulatedClock, _ broker: SimulatedBroker, _ rules: SimulatedRules
  ) {
    self.machine = machine
    self.clock = clock
    self.rules = rules
    gateway = UInt64(life) << 32 | UInt64(clock.draw(1 << 30))
    let host = SimulatedHost(clock, broker, rules)
    self.host = host
    workers = DistantWorkers(
      loop: host, broker: host, name: "\(machine).\(life)", trials: SimulatedTransport(clock, host), firstWorker: 1,
      gateway: gateway, timeout: .milliseconds(750), log: .silent
    ) { clock.draw($0) }
    slots = (0..<workers.count).map { _ in (SlotRecovery(), []) }
    workers.owner = self
    host.round { [self] in workers.start() }
  }

  var isAlive: Bool { host.isAlive }
  var isReady: Bool { isAlive && workers.problem == nil }
  /// Also those over which nothing has come yet.
  private var sockets: [SimulatedSocket] = []
  /// Whether workers have as many streams as were placed with them.
  var isCounted: Bool {
    let placed = sessions.values.count { ($0.stream.placement.slot ?? Fleet.waitingSlot) != Fleet.waitingSlot }
    return workers.report.reduce(0) { $0 + $1.streams } == placed
  }

  // MARK: Clients

  func accept(_ socket: SimulatedSocket) {
    var session: Session?
    sockets.removeAll { !$0.isOpen }
    sockets.append(socket)
    defer { socket.hold(until: host.stopped) }
    socket.toGateway = SimulatedPipe(clock) { [unowned self, unowned socket] request in
      // Kept until the process runs.
      host.round { [self, socket] in session = take(request, from: socket, of: session) }
    }
    socket.onEnd = { [unowned self, unowned socket] in
      host.round { [self, socket] in if let session, session.socket === socket { disconnected(session) } }
    }
    if !isAlive { socket.breakDown() }
  }

  private func take(_ request: SimulatedRequest, from socket: SimulatedSocket, of session: Session?) -> Session? {
    switch request {
    case .start(let client, let isContinuous, let settled): return begin(client, isContinuous, settled, socket)
    case .resume(let number, let answered, let segment): return resume(number, answered, segment, socket)
    case .chunk(let bytes): if let session { receive(bytes, from: session) }
    case .flush: if let session { perform(session.stream.flush(), for: session) }
    case .stop: if let session { perform(session.stream.stop(), for: session) }
    case .close: if let session { perform(session.stream.inputEnded(code: 1000), for: session) }
    }
    return session
  }

  private func begin(
    _ client: SimulatedClient, _ isContinuous: Bool, _ settled: Settled, _ socket: SimulatedSocket
  ) -> Session {
    lastNumber += 1
    let engine = isContinuous ? SimulatedSpeech.engine : "mock"
    let request = StreamRequest(format: .standard, engine: engine)
    let id = StreamID(gateway: gateway, number: lastNumber)
    let session = Session(StreamSession(id: id, request: request, keepsSegments: isContinuous), client)
    sessions[lastNumber] = session
    session.socket = socket
    perform(
      session.stream.start(request, keepsSegments: isContinuous, isResumable: true, settled: settled), for: session)
    socket.reply(SimulatedMessage(.started, [Int(lastNumber)]).bytes)
    return session
  }

  private func resume(_ number: Int, _ answered: Int, _ segment: Int, _ socket: SimulatedSocket) -> Session? {
    guard let session = sessions[UInt64(number)] else {
      socket.reply(SimulatedMessage(.unknownSession).bytes)
      return nil
    }
    do throws(ResumeProblem) {
      try session.stream.check(answered: answered, segment: segment)
    } catch {
      clock.fail("a client may not return: \(error)")
    }
    if let earlier = session.socket, earlier !== socket { earlier.breakDown() }
    session.socket = socket
    perform(session.stream.resumed(answered: answered, segment: segment), for: session)
    return session
  }

  private func receive(_ bytes: [UInt8], from session: Session) {
    bytes.withUnsafeBytes { bytes in
      let chunks = session.stream.account.totals.chunks
      let actions = session.stream.received(
        bytes, now: host.nowInSeconds, unreadBytes: 0, budget: &budget)
      if session.stream.account.totals.chunks > chunks { session.digest.update(bytes) }
      perform(actions, for: session, message: bytes)
    }
  }

  private func disconnected(_ session: Session) {
    session.socket = nil
    perform(session.stream.disconnected(code: nil, mayDetach: true, now: host.now), for: session)
  }

  // MARK: Actions

  private func perform(_ actions: StreamActions, for session: Session, message: UnsafeRawBufferPointer? = nil) {
    for action in actions { perform(action, for: session, message) }
    let account = session.stream.account
    clock.check(
      account.totals.chunks == account.totals.processed + account.totals.dropped + account.inFlightChunks,
      "the account of stream \(session.id) does not add up: \(account.totals), \(account.inFlightChunks) in flight")
  }

  private func perform(_ action: StreamAction, for session: Session, _ message: UnsafeRawBufferPointer?) {
    switch action {
    case .emit(let event): emit(event, to: session)
    case .assign: assign(session)
    case .open(let slot):
      workers.open(
        session.stream.id, session.stream.account.request, from: session.stream.openingCheckpoint, in: slot)
    case .send(let chunk, let delivery, let slot): send(chunk, delivery, message, of: session, to: slot)
    case .finish(let seq, let slot): workers.finish(session.stream.id, seq: seq, in: slot)
    case .release(let slot): workers.close(session.stream.id, in: slot)
    case .replaceWorker(let slot): workers.replace(slot, because: "it answered out of order")
    case .pauseReading: session.socket?.toGateway?.isRead = false
    case .continueReading: session.socket?.toGateway?.isRead = true
    case .closeConnection: session.socket?.breakDown()
    case .awaitWorkerQueue(let slot): slots[slot].blocked.append(session)
    case .repeatMessages(let answered, let segment):
      session.stream.repeatMessages(answered: answered, segment: segment) { session.socket?.reply(Array($0)) }
    case .end:
      sessions[session.id] = nil
      session.socket = nil
    case .silencedAudio: session.client.missesWords = true
    case .awaitMemory, .discarded, .detach: break
    }
  }

  private func emit(_ event: StreamEvent, to session: Session) {
    if case .settled(let settled) = event {
      session.settled = [settled.seq, settled.frames, settled.isOpen ? 1 : 0]
    }
    guard var message = SimulatedMessage(event, digest: session.digest) else { return }
    message.settled = session.settled
    let bytes = message.bytes
    bytes.withUnsafeBytes { session.stream.record($0, about: event) }
    session.socket?.reply(bytes)
  }

  private func assign(_ session: Session) {
    let isSuspect = rules.suspectsAreAlone && session.stream.suspects != nil
    let slot = workers.assign(session.stream.account.request, isSuspect: isSuspect)
    let isReady = workers.isReady(slot) && slots[slot].recovery.isDone && session.stream.suspects == nil
    perform(session.stream.assigned(slot: slot, isReady: isReady), for: session)
    if !isReady { slots[slot].recovery.add(session.id, suspects: session.stream.suspects) }
  }

  private func send(
    _ chunk: StreamChunk, _ delivery: StreamAction.Delivery, _ message: UnsafeRawBufferPointer?, of session: Session,
    to slot: Int
  ) {
    let header = ChunkHeader(
      stream: session.stream.id, seq: chunk.seq, startFrame: chunk.startFrame, chunkBytes: chunk.bytes,
      isAnswered: delivery == .context)
    var isFull = false
    if delivery == .message, let message {
      isFull = workers.send(header, message, to: slot)
    } else {
      session.stream.audio.withAudio(of: chunk.seq) { isFull = workers.send(header, $0, to: slot) }
    }
    if isFull { perform(session.stream.workerQueueIsFull(), for: session) }
  }

  // MARK: Workers, as in `Gateway`

  func workers(replied reply: WorkerReply, from slot: Int) {
    guard let stream = reply.stream else { return }
    let answered = reply.answeredChunk
    if let session = sessions[stream.number], session.stream.placement.slot == slot {
      perform(reply.deliver(to: &session.stream), for: session)
    }
    if let seq = answered, slots[slot].recovery.answered(stream.number, seq: seq) { recover(slot) }
  }

  func workers(areOnTrial slot: Int) -> Bool { slots[slot].recovery.trial != nil }

  func workers(areNeeded slot: Int) -> Bool {
    sessions.values.contains { $0.stream.placement.slot == slot && $0.stream.account.isAwaiting }
  }

  func workers(ready slot: Int) { recover(slot) }

  func workers(drained slot: Int) {
    recover(slot)
    unblock(slot)
  }

  func workers(lost slot: Int, crashed: Bool, blame: Blame) {
    lostWorkers += 1
    loseStreams(of: slot, crashed: crashed, blame)
  }

  func workers(interrupted slot: Int) { loseStreams(of: slot, crashed: false, .none) }

  private func loseStreams(of slot: Int, crashed: Bool, _ blame: Blame) {
    let trial = slots[slot].recovery.trial
    slots[slot].recovery = SlotRecovery()
    for session in sessions(in: slot) {
      perform(session.stream.workerLost(crashed: crashed, trial: trial, blame: blame), for: session)
      if workers.isForTrials(slot), session.stream.suspects == nil {
        perform(session.stream.leaveTrial(), for: session)
      } else {
        slots[slot].recovery.add(session.id, suspects: session.stream.suspects)
      }
    }
    unblock(slot)
  }

  func workers(refused slot: Int) {
    slots[slot].recovery = SlotRecovery()
    for session in sessions(in: slot) { perform([.release(slot: slot), .assign], for: session) }
    unblock(slot)
    for other in slots.indices where other != slot { recover(other) }
  }

  func workers(moving streams: Int, from slot: Int) {
    var moved = 0
    for session in sessions(in: slot) where moved < streams {
      let actions = session.stream.leaveWorker()
      guard !actions.isEmpty else { continue }
      moved += 1
      perform(actions, for: session)
    }
    unblock(slot)
  }

  private func sessions(in slot: Int) -> [Session] {
    sessions.values.filter { $0.stream.placement.slot == slot }.sorted { $0.id < $1.id }
  }

  private func recover(_ slot: Int) {
    while workers.isReady(slot), !workers.isFull(slot), let step = slots[slot].recovery.next() {
      switch step {
      case .wait: return
      case .open(let id): if let session = sessions[id] { perform(session.stream.open(), for: session) }
      case .attempt(let trial):
        let session = sessions[trial.stream]
        let actions = session?.stream.attempt(seq: trial.seq) ?? []
        if actions.isEmpty { _ = slots[slot].recovery.answered(trial.stream, seq: trial.seq) }
        if let session { perform(actions, for: session) }
      case .proceed(let id):
        guard let session = sessions[id] else { continue }
        let isTried = workers.isForTrials(slot)
        perform(isTried ? session.stream.leaveTrial() : session.stream.proceed(), for: session)
      }
    }
  }

  private func unblock(_ slot: Int) {
    let blocked = slots[slot].blocked
    slots[slot].blocked = []
    for session in blocked { perform(session.stream.resume(from: .workerQueue), for: session) }
  }

  func workers(cannotTry slot: Int, because reason: String) { clock.fail("no worker to try chunks: \(reason)") }

  func workersAreReady() {}

  func workers(cannotStart reason: String, status: Int32) { clock.fail("workers cannot start: \(reason)") }

  // MARK: Faults

  /// The process is killed: its sessions are gone.
  func kill() {
    clock.note("gateway \(machine) is killed")
    host.kill()
    for socket in sockets { socket.breakDown() }
  }

  /// The run is over: what holds one another is let go.
  func end() {
    for session in sessions.values { session.socket = nil }
    sessions = [:]
    sockets = []
    slots = []
  }

  /// It stands still for a while.
  func stop(until end: Int) {
    clock.note("gateway \(machine) stands still until \(end)")
    host.stop(until: end)
    for socket in sockets { socket.hold(until: end) }
  }
}
