import CLinux
import Dialects
import Glibc
import IO
import JSON
import Platform
import Recognition
import Streams
import Web
import WorkerLink

/// Carries events between clients, streams and workers of one loop, and what the streams decide back to them. On the
/// loop's thread.
final class Gateway: Workers.Owner {
  /// A worker's place.
  struct Slot {
    var recovery = SlotRecovery()
    /// Sessions that are not read because the worker's queue is full.
    var blocked: [Session] = []
  }

  let context: GatewayContext
  /// To all loops; set before any runs.
  var mailboxes: [GatewayMailbox] = []
  let workers: any WorkerSet
  var server: WebServer?
  // Accessed many times a chunk: checks took 1,180 instructions, beside 7,900 for all else.
  @exclusivity(unchecked) var engines: EngineList
  @exclusivity(unchecked) var counters = Counters()
  @exclusivity(unchecked) var wakeup: WakeupPolicy
  @exclusivity(unchecked) var budget: MemoryBudget
  @exclusivity(unchecked) var sessions = SessionTable()
  @exclusivity(unchecked) var slots: [Slot]
  @exclusivity(unchecked) var recognition: RecognitionLoad
  @exclusivity(unchecked) var lifecycle: ServiceLifecycle

  init(_ context: GatewayContext, workers: any WorkerSet) {
    self.context = context
    self.workers = workers
    let settings = context.settings
    wakeup = WakeupPolicy(
      batchWindow: min(settings.batchWindow, workers.batching.longest), fullRate: workers.batching.fullRate)
    budget = MemoryBudget(limitBytes: settings.overload.memoryBudget << 20)
    recognition = RecognitionLoad(settings.overload)
    engines = EngineList(
      standard: settings.engine, enabled: settings.workers.engines, required: settings.workers.required,
      language: settings.workers.speech.language)
    slots = (0..<workers.count).map { _ in Slot() }
    lifecycle = ServiceLifecycle(loops: context.shared.loops, shutdownTimeout: settings.shutdownTimeout)
    workers.owner = self
  }

  var loop: EventLoop { context.loop }
  var log: Log { context.log }
  var shared: SharedState { context.shared }

  /// Serves until it has ended, together with the other loops.
  func run() {
    loop.onRoundEnd { [unowned self] in
      loop.nextRound = nextRound()
      relieveMemory()
      releaseThrottled()
      completeMigrations()
      publish()
    }
    loop.after(Self.trimInterval, repeating: Self.trimInterval) { [unowned self] in
      for session in sessions.all { session.stream.trim() }
      // Audio is freed among longer-lived blocks and leaves holes in the heap.
      malloc_trim(0)
    }
    loop.after(Self.backlogInterval, repeating: Self.backlogInterval) { [unowned self] in measureBacklogs() }
    startMirrors()
    workers.start()
    loop.run()
    context.journal?.close()
    // On the thread it was made for.
    server = nil
  }

  /// How long the memory of a burst is kept.
  private static let trimInterval = Duration.seconds(10)

  /// Before a batch window, the workers answer what they were sent: that takes a fraction of it.
  private func nextRound() -> EventLoop.NextRound {
    guard let end = wakeup.batchEnd(roundStart: loop.now, now: EventLoop.clock) else {
      return wakeup.shouldPoll(now: loop.now, isOwed: workers.isOwed) ? .atOnce : .whenReady
    }
    workers.collectAnswers(until: end)
    return .at(end)
  }

  // MARK: From clients

  /// Audio has arrived.
  func received(audio: UnsafeRawBufferPointer, from session: Session) {
    guard lifecycle.takesChunks else { return perform(session.stream.refuseChunk(), for: session) }
    let chunks = session.stream.account.totals.chunks
    guard chunks > 0 || admitsSpeech(of: session) else { return }
    let actions = session.stream.received(
      audio, now: loop.nowInSeconds, unreadBytes: session.unreadBytes, budget: &budget)
    // The digest covers what got a number.
    if session.stream.account.totals.chunks > chunks { session.extendDigest(by: audio) }
    perform(actions, for: session, message: audio)
  }

  // MARK: Actions

  /// Carries out what a stream decided.
  /// - Parameter message: what it decided about, if that is audio.
  func perform(
    _ actions: consuming StreamActions, for session: Session, message: UnsafeRawBufferPointer? = nil
  ) {
    guard !actions.isEmpty else { return }
    if let journal = context.journal { journal.touch(session) }
    actions.visit { perform($0, for: session, message) }
    if session.copies.mirror?.isStale == true { mirrorState(of: session) }
  }

  private func perform(
    _ action: consuming StreamAction, for session: Session, _ message: UnsafeRawBufferPointer?
  ) {
    switch consume action {
    case .emit(let event): emit(event, to: session)
    case .assign: assign(session)
    case .open(let slot):
      if session.copies.mirror != nil { beginMirror(of: session, in: slot) }
      workers.open(
        session.stream.id, session.stream.account.request,
        from: session.stream.openingCheckpoint, in: slot)
    case .send(let chunk, let delivery, let slot): send(chunk, delivery, message, of: session, to: slot)
    case .finish(let seq, let slot):
      mirrorState(of: session)
      workers.finish(session.stream.id, seq: seq, in: slot)
    case .release(let slot): workers.close(session.stream.id, in: slot)
    case .replaceWorker(let slot): workers.replace(slot, because: "it answered out of order")
    case .pauseReading: setReading(false, of: session)
    case .continueReading: setReading(true, of: session)
    case .closeConnection: session.connection?.close(code: 1000, reason: "")
    case .awaitWorkerQueue(let slot): slots[slot].blocked.append(session)
    case .awaitMemory: sessions.throttled.append(session)
    case .discarded(let chunks):
      counters.dropped += chunks
      log.write(
        .warning, "queued chunks dropped",
        ["client_id": .number(session.clientID), "chunks": .number(chunks)])
    case .silencedAudio:
      log.write(
        .warning, "replacing audio with silence: it crashes workers",
        ["client_id": .number(session.clientID)])
    case .detach(let until): detach(session, until: until)
    case .repeatMessages(let answered, let segment): session.repeatMessages(answered: answered, segment: segment)
    case .end: end(session)
    }
  }

  private func emit(_ event: StreamEvent, to session: Session) {
    switch event {
    case .accepted(let seq, let bytes): return accepted(seq, bytes, event, to: session)
    case .result: counters.processed += 1
    case .failed:
      counters.dropped += 1
      session.copies.mirror?.decided()
    case .started:
      shared.sessions.set(
        session.name.text, to: .init(loop: context.index, stream: session.id, client: session.client))
    case .update(let update): updated(update, of: session)
    case .flushed, .receipt: session.copies.mirror?.decided()
    case .resumed, .delayed, .notice, .heard, .settled, .left, .refused, .closing: break
    }
    session.emit(event)
  }

  private func assign(_ session: Session) {
    let slot = workers.assign(session.stream.account.request, isSuspect: session.stream.suspects != nil)
    // What was in flight with a lost worker, and may be why, goes to the next one chunk by chunk.
    let isReady = workers.isReady(slot) && slots[slot].recovery.isDone && session.stream.suspects == nil
    perform(session.stream.assigned(slot: slot, isReady: isReady), for: session)
    if !isReady { slots[slot].recovery.add(session.stream.id, suspects: session.stream.suspects) }
  }

  private func accepted(_ seq: Int, _ bytes: Int, _ event: StreamEvent, to session: Session) {
    counters.chunks += 1
    counters.bytes += bytes
    if session.stream.pace.isLive { wakeup.arrivals.live += 1 } else { wakeup.arrivals.fast += 1 }
    log.write(
      .debug, "chunk",
      ["client_id": .number(session.clientID), "seq": .number(seq), "bytes": .number(bytes)])
    // A client that is gone needs none, and one that returns asks for what was received.
    if session.policy.acknowledges, let connection = session.connection {
      session.dialect.write(event, to: connection)
    }
  }

  private func send(
    _ chunk: StreamChunk, _ delivery: StreamAction.Delivery, _ message: UnsafeRawBufferPointer?, of session: Session,
    to slot: Int
  ) {
    let header = ChunkHeader(
      stream: session.stream.id, seq: chunk.seq, startFrame: chunk.startFrame, chunkBytes: chunk.bytes,
      isAnswered: delivery == .context, yields: session.admission == .delayed || !session.stream.pace.isLive,
      isMessage: delivery == .message)
    if session.copies.mirror != nil { mirror(chunk, delivery, of: session) }
    var isFull = false
    if delivery == .message, let message {
      isFull = workers.send(header, message, to: slot)
    } else {
      if delivery == .replay { counters.losses.replayed += 1 }
      session.stream.audio.withAudio(of: chunk.seq) { isFull = workers.send(header, $0, to: slot) }
    }
    if isFull { perform(session.stream.workerQueueIsFull(), for: session) }
  }
}
