import Audio
import Recognition
import Testing

@testable import Streams

/// One stream with a gateway, workers and a client that are as simple as can be, to let anything happen to it.
///
/// Workers die at any time, connections break, messages get lost with them. Checked after every event: the account adds
/// up; reading stops and continues in turn; audio that workers get is complete; and the client gets each answer and
/// each final once.
final class SimulatedStream {
  private var session: StreamSession
  private var worker = SimulatedWorker()
  private var isWorkerReady = true
  private var recovery = SlotRecovery()
  private(set) var client = SimulatedClient()
  private var isReading = true
  private var isConnected = true
  private var hasLeft = false
  private var budget = MemoryBudget(limitBytes: 1 << 30)
  /// The last one of the client's.
  private var message: [UInt8] = []
  /// Audio was replaced by silence, so its content is not checked any more.
  private var isSilenced = false
  private let isContinuous: Bool
  private var now = Duration.zero
  private var stored = StoredStream()
  private var cursor = StateCursor()

  init(isContinuous: Bool, keepsChunks: Bool = true) {
    self.isContinuous = isContinuous
    session = StreamSession(
      id: StreamID(gateway: 1, number: 7),
      request: StreamRequest(format: .standard, engine: isContinuous ? "speech" : "mock"), keepsSegments: isContinuous)
    perform(
      session.start(
        session.account.request, keepsSegments: isContinuous, isResumable: true, keepsChunks: keepsChunks))
  }

  var totals: StreamTotals { session.account.totals }
  var isOver: Bool { session.account.hasEnded || hasLeft }
  private var isWaiting: Bool { session.account.isAwaiting }

  // MARK: What can happen

  func receive(bytes: Int) {
    guard canSend, isReading else { return }
    message = (0..<bytes).map { SimulatedWorker.byte(at: totals.bytes + $0) }
    perform(message.withUnsafeBytes { session.received($0, now: 0, unreadBytes: 0, budget: &budget) })
  }

  func flush() { if canSend { perform(session.flush()) } }
  func stop() { if canSend { perform(session.stop()) } }

  /// The client shuts down its side of the connection.
  func endInput() { if canSend, isReading { perform(session.inputEnded(code: nil)) } }

  private var canSend: Bool { isConnected && !isOver && session.lifetime != .answering }

  /// The worker does the next thing it was asked for.
  func work() {
    guard isWorkerReady, let reply = worker.work() else { return }
    switch reply.kind {
    case .context: perform(session.updated(reply.progress, reply.updates))
    case .result(let seq):
      perform(session.answered(seq: seq, levels: Levels(), reply.progress, reply.updates))
      if recovery.answered(session.id, seq: seq) { recover() }
    case .finished(let seq): perform(session.finished(seq: seq, reply.progress, reply.updates))
    }
    if !worker.isFull { perform(session.resume(from: .workerQueue)) }
  }

  func loseWorker(crashed: Bool) {
    guard isWorkerReady else { return }
    isWorkerReady = false
    worker = SimulatedWorker()
    let trial = recovery.trial
    recovery = SlotRecovery()
    guard session.placement.slot != nil else { return }
    perform(session.workerLost(crashed: crashed, trial: trial))
    perform(session.resume(from: .workerQueue))
    recovery.add(session.id, suspects: session.suspects)
  }

  func replaceWorker() {
    guard !isWorkerReady else { return }
    isWorkerReady = true
    recover()
  }

  func decoderIsBehind(_ isBehind: Bool) {
    if session.placement.slot != nil { perform(session.decoderIsBehind(isBehind)) }
  }

  /// The connection breaks, with the last messages on it.
  func disconnect(losing messages: Int) {
    guard isConnected, !hasLeft else { return }
    isConnected = false
    client.lose(messages)
    now += .seconds(1)
    perform(session.disconnected(code: nil, mayDetach: true, now: now))
  }

  /// The client returns.
  func resume() {
    guard !isConnected, !hasLeft else { return }
    do throws(ResumeProblem) {
      try session.check(answered: client.answered, segment: client.segment)
    } catch {
      Issue.record("resume was refused: \(error)")
      return
    }
    isConnected = true
    isReading = true
    perform(session.resumed(answered: client.answered, segment: client.segment))
  }

  func migrate() {
    guard !isConnected, !hasLeft, session.mayMigrate else { return }
    perform(session.migrate())
    perform(session.arrived())
    if isWorkerReady { recover() }
  }

  /// The server is killed and started anew, with what was written of the stream right before.
  /// - Parameter inFull: not only what has changed since the last time.
  func killServer(inFull: Bool) {
    guard !hasLeft, !isOver else { return }
    if inFull { (stored, cursor) = (StoredStream(), StateCursor()) }
    var writer = StateWriter()
    guard session.writeState(since: &cursor, to: &writer, rest: { $0.add(7) }) else { return }
    session.release(from: &budget)
    do throws(StateError) {
      var reader = StateReader(writer.bytes[...])
      try stored.take(&reader)
      session = try StreamSession(id: session.id, stored, until: now + .seconds(60)) { rest throws(StateError) in
        #expect(try rest.integer() == 7)
      }
    } catch {
      Issue.record("The state that was written can't be read.")
    }
    session.journaled(through: totals.chunks)
    (isConnected, isReading, isWorkerReady) = (false, true, false)
    worker = SimulatedWorker()
    recovery = SlotRecovery()
    if session.account.isAwaiting { perform(session.arrived()) }
  }

  /// Lets everything be answered.
  func settle() {
    resume()
    replaceWorker()
    while isWaiting, !isOver {
      guard worker.isAtWork else {
        Issue.record("The stream waits, and its worker has nothing to do.")
        return
      }
      work()
    }
    // The connection may have ended with the last answer.
    resume()
  }

  func abandon() { perform(session.abandon()) }

  // MARK: What follows

  private func recover() {
    while isWorkerReady, let step = recovery.next() {
      switch step {
      case .wait: return
      case .open: perform(session.open())
      case .attempt(let trial):
        let actions = session.attempt(seq: trial.seq)
        if actions.isEmpty { _ = recovery.answered(session.id, seq: trial.seq) }
        perform(actions)
      case .proceed: perform(session.proceed())
      }
    }
  }

  private func perform(_ actions: StreamActions) {
    for action in actions { perform(action) }
    session.hold(0, in: &budget)
    #expect(budget.heldBytes >= 0)
    #expect(session.audio.unanswered.count == session.account.inFlightChunks)
    #expect(session.backpressure.isPaused == !isReading || !isConnected || isOver)
  }

  private func perform(_ action: StreamAction) {
    switch action {
    case .emit(let event): emit(event)
    case .assign:
      let isReady = isWorkerReady && recovery.isDone
      perform(session.assigned(slot: 0, isReady: isReady))
      if !isReady { recovery.add(session.id, suspects: session.suspects) }
    case .open: worker.open(from: session.openingCheckpoint, isContinuous: isContinuous)
    case .send(let chunk, .message, _):
      message.withUnsafeBytes { worker.send(chunk, isContext: false, $0, isSilenced: isSilenced) }
      if worker.isFull { perform(session.workerQueueIsFull()) }
    case .send(let chunk, let delivery, _):
      session.audio.withAudio(of: chunk.seq) {
        worker.send(chunk, isContext: delivery == .context, $0, isSilenced: isSilenced)
      }
    case .finish(let seq, _): worker.finish(seq)
    case .release: worker = SimulatedWorker()
    case .replaceWorker: Issue.record("A worker that did what it was asked for was replaced.")
    case .pauseReading: isReading = false
    case .continueReading: isReading = true
    case .silencedAudio: isSilenced = true
    case .repeatMessages(let answered, let segment):
      session.repeatMessages(answered: answered, segment: segment) {
        client.receive(String(decoding: $0, as: UTF8.self))
      }
    case .closeConnection: disconnect(losing: 0)
    case .end: hasLeft = true
    case .awaitWorkerQueue, .awaitMemory, .discarded, .detach: break
    }
  }

  private func emit(_ event: StreamEvent) {
    if case .failed(_, .poison) = event { isSilenced = true }
    guard let text = SimulatedClient.text(of: event) else { return }
    if let subject = event.subject {
      Array(text.utf8).withUnsafeBytes { session.record($0, about: subject) }
    }
    if isConnected { client.receive(text) }
  }
}
