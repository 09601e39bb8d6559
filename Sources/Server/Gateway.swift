import Audio
import CLinux
import Contract
import Glibc
import IO
import JSON
import Platform
import WebSocket
import WorkerLink

/// Clients on one side, workers on the other, and the accounts of what goes between. Everything here is on the loop's thread; what
/// several loops have in common lies in `commons`.
final class Gateway {
  let settings: ServerSettings
  let loop: EventLoop
  let log: Log
  let commons: Commons
  /// Which of the loops this is, and the ways to all of them, set before any runs.
  let index: Int
  var doors: [Door] = []
  /// Started by `run`.
  let pool: WorkerPool
  var server: WebSocketServer?
  var engines: EngineStates
  // As in WebSocketPeer.
  @exclusivity(unchecked) var tally = Tally()
  @exclusivity(unchecked) var timing: RoundTiming
  @exclusivity(unchecked) var budget: MemoryBudget
  /// Clients not read because memory is short.
  var slowed: [ConnectedClient] = []
  let began: Duration
  @exclusivity(unchecked) var clients: [UInt64: ConnectedClient] = [:]
  /// Those whose connection broke and who may come back.
  var away: [UInt64: ConnectedClient] = [:]
  /// Who wants the streams that go to another loop as soon as their worker owes them nothing.
  var departing: [UInt64: Comeback] = [:]
  /// Clients not read because the queue of the worker at that index is full.
  var waiting: [[ConnectedClient]]
  /// What is still to be brought to the worker on each seat.
  @exclusivity(unchecked) var recoveries: [Recovery]
  @exclusivity(unchecked) var shutdown: ShutdownState
  var status: Int32 = 0
  var hasEnded = false
  /// Of the first loop: how many are not ready, and how many have not ended.
  var loopsToStart: Int
  var loopsToEnd: Int
  var signals: [SignalWatch] = []

  /// - Parameters:
  ///   - workers: how many it has.
  ///   - firstWorker: the first one's number among those of all loops.
  init(settings: ServerSettings, loop: EventLoop, commons: Commons, index: Int, workers: Int, firstWorker: Int) {
    self.settings = settings
    self.loop = loop
    self.commons = commons
    self.index = index
    loopsToStart = commons.loops
    loopsToEnd = commons.loops
    timing = RoundTiming(longestRest: settings.longestRest)
    budget = MemoryBudget(limitBytes: settings.memoryBudget << 20)
    began = loop.now
    engines = EngineStates(standard: settings.engine, enabled: settings.engines)
    log = Log(level: settings.logLevel, format: settings.logFormat)
    pool = WorkerPool(
      loop: loop, count: workers, firstWorker: firstWorker, path: settings.workerPath,
      arguments: settings.workerArguments, timeout: settings.workerTimeout, log: log)
    waiting = Array(repeating: [], count: workers)
    recoveries = Array(repeating: Recovery(), count: workers)
    shutdown = ShutdownState(timeout: settings.shutdownTimeout)
    pool.owner = self
  }

  /// Serves until it has ended, with the other loops.
  func run() {
    loop.onRoundEnd { [unowned self] in
      pool.flush()
      loop.nextRound = nextRound()
      quicken()
      letGo()
      exchange()
    }
    loop.after(Self.trimPause, repeating: Self.trimPause) { [unowned self] in
      for client in everyone { client.history.trim() }
      // Streams' sound comes and goes among what lasts, and leaves holes in the heap.
      malloc_trim(0)
    }
    pool.start()
    loop.run()
    // On the thread it was made for.
    server = nil
  }

  /// Before a rest what the workers have been given is answered, which takes them a fraction of it.
  private func nextRound() -> EventLoop.NextRound {
    guard let end = timing.rest(began: loop.now, now: EventLoop.clock) else {
      return timing.watches(now: loop.now, isOwed: pool.isOwed) ? .atOnce : .whenReady
    }
    pool.collectAnswers(until: end)
    return .at(end)
  }

  /// How long the memory of a burst is kept.
  private static let trimPause = Duration.seconds(10)

  // MARK: A message

  func receive(chunk: UnsafeRawBufferPointer, from client: ConnectedClient) {
    guard shutdown.phase == .serving || shutdown.phase == .draining else {
      // Told, not silently dropped.
      return client.send(
        .failure(error: "The server is shutting down: the chunk was not taken", code: nil, seq: nil))
    }
    shutdown.arrived(now: loop.now)
    switch client.session.receive(chunk) {
    case .measure(let seq, let placement):
      client.digest.update(chunk)
      accept(client, seq: seq, bytes: chunk.count)
      let seconds = Double(placement.frames) / Double(client.session.parameters.format.sampleRate)
      timing.took(isLive: client.pace.isLive(adding: seconds, now: loop.nowInSeconds))
      let sound = UnsafeRawBufferPointer(rebasing: chunk[placement.samples])
      placement.carried.withBytes { odd in
        defer { account(client) }
        client.history.append(seq: seq, placement: placement, chunkBytes: chunk.count, odd: odd, sound: sound)
        let seat = seat(of: client)
        guard !client.isMoving else { return }
        client.sent = seq
        let parameters = client.session.parameters
        let header = ChunkHeader(
          stream: client.stream, seq: UInt64(seq), startFrame: UInt64(placement.startFrame), chunkBytes: chunk.count,
          format: parameters.format, engine: Engine(rawValue: parameters.engine) ?? settings.engine)
        pool.send(header, odd: odd, sound: sound, on: seat)
      }
    case .empty: client.send(.failure(error: "Expected binary audio chunk or text", code: nil, seq: nil))
    case .refuse(let error): client.send(.failure(error: error, code: nil, seq: nil))
    case .unsupported(let seq, let next):
      client.digest.update(chunk)
      accept(client, seq: seq, bytes: chunk.count)
      perform(next, for: client)
    }
  }

  func receive(text: UnsafeRawBufferPointer, from client: ConnectedClient) {
    guard !text.isEmpty else {
      return client.send(.failure(error: "Expected binary audio chunk or text", code: nil, seq: nil))
    }
    let message: ControlMessage
    do throws(ControlMessageError) {
      message = try ControlMessage(parsing: text)
    } catch {
      return client.send(.failure(error: error.description, code: nil, seq: nil))
    }
    if case .start(let wish) = message, case .string(let token)? = wish["resume"] {
      return resume(token, answered: wish["answered"]?.integer ?? 0, as: client)
    }
    perform(client.session.control(message, session: client.token, engines: engines), for: client)
  }

  private func perform(_ action: Session.ControlAction, for client: ConnectedClient) {
    switch action {
    case .reply(let message):
      if case .started = message {
        client.becomeResumable()
        commons.put(client.token, at: Commons.Place(loop: index, stream: client.stream))
      }
      client.send(message)
    case .finished(let ending, let seq): answer(ending, seq: seq, to: client)
    case .finish(let seq):
      guard let seat = client.seat else { return finished(seq: seq, text: nil, for: client) }
      if !client.isMoving { pool.finish(client.stream, seq: UInt64(seq), on: seat) }
    }
  }

  private func accept(_ client: ConnectedClient, seq: Int, bytes: Int) {
    tally.chunks += 1
    tally.bytes += bytes
    let acknowledgement = Acknowledgement(clientID: client.session.clientID, seq: seq, chunkBytes: bytes)
    client.connection?.send(textUpTo: Acknowledgement.longestBytes, mayWait: true) { acknowledgement.write(to: $0) }
    log.write(
      .debug, "chunk", ["client_id": .number(client.session.clientID), "seq": .number(seq), "bytes": .number(bytes)])
  }

  private func seat(of client: ConnectedClient) -> Int {
    if let seat = client.seat { return seat }
    let seat = pool.seatStream()
    client.seat = seat
    if isRecovering(seat) {
      client.isMoving = true
      recoveries[seat].add(client.stream, suspects: nil)
    }
    return seat
  }

  // MARK: Answers

  func fail(_ client: ConnectedClient, seq: Int, error: String) {
    guard client.session.failed(seq: seq) == .deliver else {
      preconditionFailure("A chunk that was never taken can't fail.")
    }
    tally.dropped += 1
    account(client)
    client.send(.failure(error: error, code: nil, seq: seq))
  }

  /// The worker has finished, with a last text or without.
  func finished(seq: Int, text: UnsafeRawBufferPointer?, for client: ConnectedClient) {
    guard case .finished(let ending, let seq) = client.session.finished(seq: seq) else {
      if let seat = client.seat { pool.replace(seat, because: "it finished what was not open") }
      return
    }
    // A stream that can't go on ends with its error: no text was asked for.
    if let text, ending == .flush || ending == .stop { client.send(.ending(seq: seq), text: text) }
    answer(ending, seq: seq, to: client)
  }

  func answer(_ ending: Session.Ending, seq: Int, to client: ConnectedClient) {
    switch ending {
    case .flush: client.send(.flushed(seq: seq))
    case .stop:
      client.send(.flushed(seq: seq))
      client.send(.summary(client.session.receipt(sha256: client.digest.hexadecimal)))
      client.isComplete = true
      close(client, code: 1000, reason: "")
    case .unsupported(let seq, let error):
      client.send(.failure(error: error.description, code: "unsupported", seq: seq))
      close(client, code: 1003, reason: "unsupported")
    }
  }

  func close(_ client: ConnectedClient, code: Int, reason: String) {
    forget(client)
    client.connection?.close(code: code, reason: reason)
  }

  /// Takes the stream off its worker; what was queued for it is dropped and counted.
  func forget(_ client: ConnectedClient) {
    guard client.session.state != .ended else { return }
    let waiting = client.session.inFlightChunks
    client.session.end()
    client.history = History()
    account(client)
    tally.dropped += waiting
    if let seat = client.seat { pool.endStream(client.stream, on: seat) }
    client.seat = nil
    if waiting > 0 {
      log.write(
        .warning, "queued chunks dropped",
        ["client_id": .number(client.session.clientID), "chunks": .number(waiting)])
    }
  }

  // MARK: Backpressure

  /// Stops reading a client that is ahead by as much as it may be; looked at after each of its messages.
  func hold(_ client: ConnectedClient) {
    if client.session.isFull { client.pause(.inFlight) }
    if let connection = client.connection, connection.unsentBytes > StreamLimits.unreadReplyBytes {
      client.pause(.unread)
    }
    slow(client)
    if let seat = client.seat, !client.isMoving, pool.isFull(seat), !client.pauses.contains(.worker) {
      client.pause(.worker)
      waiting[seat].append(client)
    }
  }

  /// Reads everyone again who waited for the worker on `seat`.
  func release(_ seat: Int) {
    let released = waiting[seat]
    waiting[seat] = []
    for client in released { client.resume(.worker) }
  }
}
