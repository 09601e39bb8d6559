import Audio
import Contract
import Platform
import Recognition
import WorkerLink

@testable import Dialects
@testable import Server
@testable import Streams

/// A gateway: the product's sessions, their hand-over, recovery and workers, and between them what the gateway of the
/// server does, with the account of every stream checked after every event.
final class SimulatedGateway: HandoverGateway {
  let machine: String
  let host: SimulatedHost
  let clock: SimulatedClock
  let rules: SimulatedRules
  let gatewayID: UInt64
  let distant: DistantWorkers
  let bucket: SessionBucket?
  let door: SimulatedMailbox
  var sessions = SessionTable()
  var slots: [Gateway.Slot]
  var budget = MemoryBudget(limitBytes: 1 << 40)
  var counters = Counters()

  /// - Parameters:
  ///   - life: of this process on the machine.
  ///   - canTry: whether its own worker has the engine.
  init(
    _ machine: String, life: Int, _ clock: SimulatedClock, _ broker: SimulatedBroker, _ rules: SimulatedRules,
    canTry: Bool = true, silenced: @escaping (String) -> Void
  ) {
    self.machine = machine
    self.clock = clock
    self.rules = rules
    gatewayID = UInt64(life) << 32 | UInt64(clock.draw(1 << 30))
    door = SimulatedMailbox(firstNumber: UInt64(life) << 20, silenced: silenced)
    let host = SimulatedHost(clock, broker, rules)
    self.host = host
    let bucket = SimulatedBucket(host, name: "\(machine).\(life)", rules)
    self.bucket = bucket
    distant = DistantWorkers(
      loop: host, broker: host, name: "\(machine).\(life)", trials: SimulatedTransport(clock, host, hasEngine: canTry),
      firstWorker: 1, gateway: gatewayID, timeout: .milliseconds(750), log: .silent
    ) { clock.draw($0) }
    bucket.shareBroker(with: distant)
    slots = (0..<distant.count).map { _ in Gateway.Slot() }
    distant.owner = self
    host.round { [self] in
      startMirrors()
      distant.start()
    }
  }

  var workers: any WorkerSet { distant }
  var isAlive: Bool { host.isAlive }
  /// Whether a balancer takes it for well.
  var isReady: Bool { isAlive && workers.problem == nil && bucket?.problem == nil && clock.now >= host.stopped }
  /// Whether workers have as many streams as were placed with them.
  var isCounted: Bool {
    let placed = sessions.all.count { ($0.stream.placement.slot ?? Fleet.waitingSlot) != Fleet.waitingSlot }
    return workers.report.reduce(0) { $0 + $1.streams } == placed
  }

  // MARK: Clients

  func accept(_ socket: SimulatedSocket) {
    door.add(socket)
    defer { socket.hold(until: host.stopped) }
    socket.onFrame = { [unowned self, unowned socket] frame in
      // Kept until the process runs.
      host.round { [self, socket] in take(frame, from: socket) }
    }
    socket.onEnd = { [unowned self, unowned socket] code in
      host.round { [self, socket] in ended(socket, code: code) }
    }
    if !isAlive { socket.breakDown() }
  }

  private func take(_ frame: SimulatedFrame, from socket: SimulatedSocket) {
    let session = socket.holder as? Session ?? open(socket)
    switch frame {
    case .binary(let bytes): bytes.withUnsafeBytes { session.received(.binary($0), bytes: bytes.count) }
    case .text(let bytes): bytes.withUnsafeBytes { session.received(.text($0), bytes: bytes.count) }
    case .close(let code): ended(socket, code: code)
    }
  }

  private func open(_ socket: SimulatedSocket) -> Session {
    let number = door.nextNumber()
    let name = SessionName(high: number, low: UInt64(clock.draw(1 << 30)))
    let identity = SessionIdentity(clientID: Int(number), name: name)
    let request = StreamRequest(format: .standard, engine: engines.standard)
    let stream = StreamSession(
      id: StreamID(gateway: gatewayID, number: number), request: request, keepsSegments: false)
    let dialect = NativeDialect(StreamParameters(engine: engines.standard), engines, as: identity)
    let session = Session(stream, dialect, as: identity, client: ClientIdentity(), on: self)
    session.attach(socket)
    sessions.connect(session)
    return session
  }

  private func ended(_ socket: SimulatedSocket, code: Int?) {
    let session = socket.holder as? Session
    socket.holder = nil
    guard let session, session.connection === socket else { return }
    _ = session.detach()
    perform(session.stream.disconnected(code: code, mayDetach: true, now: host.now), for: session)
  }

  // MARK: Actions

  func perform(_ actions: StreamActions, for session: Session) { perform(actions, for: session, message: nil) }

  func perform(_ actions: StreamActions, for session: Session, message: UnsafeRawBufferPointer?) {
    for action in actions { perform(action, for: session, message) }
    if session.copies.mirror?.isStale == true { mirrorState(of: session) }
    let account = session.stream.account
    clock.check(
      session.stream.audio.unanswered.count == account.inFlightChunks,
      "the account of stream \(session.id) does not add up: \(account.totals), \(account.inFlightChunks) in flight")
  }

  private func perform(_ action: StreamAction, for session: Session, _ message: UnsafeRawBufferPointer?) {
    switch action {
    case .emit(let event): emit(event, to: session)
    case .assign: assign(session)
    case .open(let slot):
      if session.copies.mirror != nil { beginMirror(of: session, in: slot) }
      workers.open(
        session.stream.id, session.stream.account.request, from: session.stream.openingCheckpoint, in: slot)
    case .send(let chunk, let delivery, let slot): send(chunk, delivery, message, of: session, to: slot)
    case .finish(let seq, let slot):
      mirrorState(of: session)
      workers.finish(session.stream.id, seq: seq, in: slot)
    case .release(let slot): workers.close(session.stream.id, in: slot)
    case .replaceWorker(let slot): workers.replace(slot, because: "it answered out of order")
    case .pauseReading:
      if rules.returnsAreHeld || door.wishes[session.id] == nil { session.connection?.pauseReading() }
    case .continueReading: session.connection?.resumeReading()
    case .closeConnection: session.connection?.close(code: 1000, reason: "")
    case .awaitWorkerQueue(let slot): slots[slot].blocked.append(session)
    case .detach(let until): keep(session, until: until)
    case .repeatMessages(let answered, let segment): session.repeatMessages(answered: answered, segment: segment)
    case .end: end(session)
    case .silencedAudio: door.silenced(session.name.text)
    case .awaitMemory, .discarded: break
    }
  }

  private func emit(_ event: StreamEvent, to session: Session) {
    switch event {
    case .started: door.names[session.name.text] = session.id
    case .failed, .flushed, .receipt: session.copies.mirror?.decided()
    // The clients here need none.
    case .accepted: return
    case .result, .update, .resumed, .delayed, .notice, .heard, .settled, .left, .refused, .closing: break
    }
    session.emit(event)
  }

  func keep(_ session: Session, until: Duration) {
    sessions.detach(session)
    let id = session.id
    host.call(after: until - host.now) { [unowned self] in
      guard let session = sessions.detached[id] else { return }
      perform(session.stream.expired(now: host.now), for: session)
    }
  }

  func end(_ session: Session) {
    door.forget(session)
    endMirror(of: session)
    session.stream.release(from: &budget)
    sessions.remove(session)
  }

  private func assign(_ session: Session) {
    let isSuspect = rules.suspectsAreAlone && session.stream.suspects != nil
    let slot = workers.assign(session.stream.account.request, isSuspect: isSuspect)
    let isReady = workers.isReady(slot) && slots[slot].recovery.isDone && session.stream.suspects == nil
    perform(session.stream.assigned(slot: slot, isReady: isReady), for: session)
    if !isReady { slots[slot].recovery.add(session.stream.id, suspects: session.stream.suspects) }
  }

  private func send(
    _ chunk: StreamChunk, _ delivery: StreamAction.Delivery, _ message: UnsafeRawBufferPointer?, of session: Session,
    to slot: Int
  ) {
    let header = ChunkHeader(
      stream: session.stream.id, seq: chunk.seq, startFrame: chunk.startFrame, chunkBytes: chunk.bytes,
      isAnswered: delivery == .context, isMessage: delivery == .message)
    if session.copies.mirror != nil { mirror(chunk, delivery, of: session) }
    var isFull = false
    if delivery == .message, let message {
      isFull = workers.send(header, message, to: slot)
    } else {
      session.stream.audio.withAudio(of: chunk.seq) { isFull = workers.send(header, $0, to: slot) }
    }
    if isFull { perform(session.stream.workerQueueIsFull(), for: session) }
  }

  // MARK: Faults

  /// The process is killed.
  func kill() {
    clock.note("gateway \(machine) is killed")
    host.kill()
    door.breakAll()
  }

  /// SIGTERM: its sessions are left to others.
  func terminate() {
    host.round { [self] in
      clock.note("gateway \(machine) ends")
      handovers.isFrozen = true
      for session in sessions.connected.values.sorted(by: { $0.id < $1.id }) where !session.stream.account.hasEnded {
        if session.copies.mirror?.slot != nil, session.stream.lifetime.isResumable {
          session.emit(.closing(.goingAway))
        } else {
          perform(session.stream.close(.goingAway), for: session)
        }
      }
    }
  }

  /// The run is over: what holds one another is let go.
  func end() {
    for session in sessions.all {
      (session.connection as? SimulatedSocket)?.holder = nil
      _ = session.detach()
    }
    door.end()
    sessions = SessionTable()
    slots = []
  }

  /// It stands still for a while.
  func stop(until end: Int) {
    clock.note("gateway \(machine) stands still until \(end)")
    host.stop(until: end)
    door.hold(until: end)
  }

  /// The balancer takes it for dead, and ends the connections with it.
  func beLeft() {
    clock.note("the balancer leaves gateway \(machine)")
    door.breakAll()
  }
}

/// The connections of clients, and the names of their sessions.
final class SimulatedMailbox {
  /// Streams of the sessions that are here.
  var names: [String: UInt64] = [:]
  /// Requests of clients that return, by their connection's stream.
  var wishes: [UInt64: ResumeRequest] = [:]
  /// The audio of a session of this name was replaced by silence.
  let silenced: (String) -> Void
  private var lastNumber: UInt64
  private var sockets: [SimulatedSocket] = []

  init(firstNumber: UInt64, silenced: @escaping (String) -> Void) {
    lastNumber = firstNumber
    self.silenced = silenced
  }

  func nextNumber() -> UInt64 {
    lastNumber += 1
    return lastNumber
  }

  func add(_ socket: SimulatedSocket) {
    sockets.removeAll { !$0.isOpen }
    sockets.append(socket)
  }

  func forget(_ session: Session) {
    if names[session.name.text] == session.id { names[session.name.text] = nil }
    wishes[session.id] = nil
  }

  func breakAll() { for socket in sockets { socket.breakDown() } }
  func hold(until end: Int) { for socket in sockets { socket.hold(until: end) } }

  func end() {
    for socket in sockets { socket.holder = nil }
    sockets = []
  }
}
