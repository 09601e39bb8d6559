public import Audio
public import Recognition

/// Everything that is true of one stream: its account, where it is measured, what a replacement worker would need and
/// what a returning client lacks. It outlives connections and workers.
///
/// One method per event; each returns what the gateway is to do. No sockets, processes or clocks: time is a parameter.
public struct StreamSession: ~Copyable {
  public let id: StreamID
  public internal(set) var account: StreamAccount
  public internal(set) var transcript: StreamTranscript
  public internal(set) var placement = Placement()
  public internal(set) var lifetime = Lifetime.attached
  public internal(set) var backpressure = Backpressure()
  public internal(set) var audio = AudioHistory()
  var crashes = CrashHistory()
  /// Nil until there is a message for a client that returns.
  var log: EventLog?
  // Public, as a getter for `isLive` would be given a copy of the session: 776 bytes, twice a chunk.
  public internal(set) var pace = StreamPace()
  /// Whether the client keeps chunks until they are settled, and sends them to a new session if this one is lost.
  var keepsChunks = false
  /// What it holds, as far as the memory budget knows.
  var budgeted = MemoryBudget.Share()

  public init(id: StreamID, request: StreamRequest, keepsSegments: Bool) {
    self.id = id
    transcript = StreamTranscript(keepsSegments: keepsSegments)
    account = StreamAccount(request)
  }

  /// How late the text of a segment that ends at this second of the stream is; nil for a stream that is not live.
  public func delay(ofTextUntil second: Double, now: Double) -> Double? { pace.age(of: second, now: now) }

  // MARK: From the client

  /// A message of audio has arrived.
  /// - Parameters:
  ///   - now: in seconds.
  ///   - unreadBytes: messages that wait for the client to read them.
  ///   - budget: is told what the stream holds from now on.
  public mutating func received(
    _ bytes: UnsafeRawBufferPointer, now: Double, unreadBytes: Int, budget: inout MemoryBudget
  ) -> StreamActions {
    guard !account.hasEnded else { return [] }
    if let refusal = account.chunkRefusal(bytes) { return [.emit(.refused(refusal))] }
    switch account.receive(bytes) {
    case .taken(let chunk, let layout):
      let samples = UnsafeRawBufferPointer(rebasing: bytes[layout.samples])
      let sampleRate = account.request.format.sampleRate
      layout.carried.withBytes {
        audio.append(chunk, sampleRate: sampleRate, arrival: now, carried: $0, samples: samples)
      }
      pace.add(Double(chunk.frames) / Double(sampleRate), now: now)
      let isWhole = layout.carried.count == 0 && layout.samples.count == bytes.count
      var actions = accept(chunk, isWhole ? .message : .first)
      hold(unreadBytes, in: &budget)
      pauseIfAhead(unreadBytes, budget, into: &actions)
      return actions
    case .unsupported(let seq, let error):
      return [.emit(.accepted(seq: seq, bytes: bytes.count))] + end(with: .unsupported(seq: seq, error))
    }
  }

  private mutating func accept(_ chunk: StreamChunk, _ delivery: StreamAction.Delivery) -> StreamActions {
    if let slot = placement.activeSlot, placement.openedFormat == account.request.format {
      // The usual case.
      placement.sentSeq = chunk.seq
      return .accept(chunk, delivery, slot: slot)
    }
    var actions = StreamActions.one(.acknowledge(chunk))
    switch placement.state {
    case .unassigned: actions.append(.assign)
    case .waiting: break
    case .active(let slot): send(chunk, delivery, slot, into: &actions)
    }
    return actions
  }

  /// The server is shutting down and takes no more chunks: one that has arrived is refused.
  public mutating func refuseChunk() -> StreamActions {
    account.refuseChunks()
    return [.emit(.refused(.chunkDuringShutdown))]
  }

  /// The client says what kind of stream it sends.
  /// - Parameters:
  ///   - keepsSegments: whether the receipt lists segments.
  ///   - isResumable: whether the client may return after its connection broke.
  ///   - keepsChunks: whether it keeps chunks until they are settled.
  ///   - settled: how much of the first chunk an earlier session had settled.
  public mutating func start(
    _ request: StreamRequest, keepsSegments: Bool, isResumable: Bool, keepsChunks: Bool = true,
    settled: Settled = Settled()
  ) -> StreamActions {
    if let refusal = account.startRefusal { return [.emit(.refused(refusal))] }
    account.start(request)
    transcript = StreamTranscript(keepsSegments: keepsSegments, settled: settled)
    self.keepsChunks = keepsChunks
    if isResumable { lifetime = .resumable }
    return [.emit(.started(request))]
  }

  public mutating func flush() -> StreamActions { end(with: .flush) }

  public mutating func stop() -> StreamActions { end(with: .stop) }

  /// What the client sends can't be understood from here on: it is told so after everything before.
  public mutating func undecodable(_ error: WaveHeaderError) -> StreamActions {
    guard account.phase == .open else { return [] }
    return end(with: .unsupported(seq: account.totals.chunks + 1, error))
  }

  mutating func end(with ending: StreamAccount.Ending) -> StreamActions {
    switch ending {
    case .flush, .stop: if let refusal = account.endRefusal { return [.emit(.refused(refusal))] }
    case .leave, .goingAway, .unsupported: break
    }
    switch account.append(ending) {
    case .done(let seq, let last): return conclude(ending, seq: seq, last: last)
    case .decode(let seq):
      switch placement.state {
      // A session of a journal: nothing was sent since.
      case .unassigned: return [.assign]
      case .waiting: return []
      case .active(let slot): return [.finish(seq: seq, slot: slot)]
      }
    case .asked: return []
    }
  }

  /// Everything up to `seq` is answered, and decoded if `last` is given.
  private mutating func conclude(
    _ ending: StreamAccount.Ending, seq: Int, last: ChunkMeasure?
  ) -> StreamActions {
    switch ending {
    case .flush: return [.emit(.flushed(seq: seq, last: last))]
    case .stop:
      return [.emit(.flushed(seq: seq, last: last)), .emit(.receipt(StreamReceipt(account, transcript)))]
        + close(.complete)
    case .leave: return (last.map { [.emit(.left(last: $0))] } ?? []) + close(.left)
    case .goingAway: return last.map { [.emit(.left(last: $0))] } ?? []
    case .unsupported(let seq, let error): return close(.unsupported(seq: seq, error))
    }
  }

  // MARK: From the worker

  /// A chunk was measured.
  public mutating func answered(
    seq: Int, levels: Levels, _ progress: RecognitionProgress, _ updates: [TranscriptUpdate]
  ) -> StreamActions {
    // First: nothing is taken of a worker that is out of step.
    guard let chunk = audio.chunk(seq), let measure = account.measured(chunk, levels: levels) else { return outOfStep }
    var actions = StreamActions()
    take(updates, progress, answered: seq, into: &actions)
    report(measure, nil, into: &actions)
    return actions
  }

  /// A chunk was measured, and its text is all that the recognizer has to say.
  public mutating func answered(seq: Int, levels: Levels, _ text: FinalText) -> StreamActions {
    guard !transcript.keepsSegments else {
      return answered(seq: seq, levels: levels, RecognitionProgress(), [text.update])
    }
    guard let chunk = audio.chunk(seq), let measure = account.measured(chunk, levels: levels) else { return outOfStep }
    transcript.keptUp()
    // The usual case: nothing else is to be done. Its action is made where it is returned.
    audio.answered(seq: seq, checkpoint: transcript.checkpoint)
    let cut = audio.takeCut(transcript.checkpoint)
    if cut == nil, !lifetime.isResumable, !account.request.utterances.bounds, !backpressure.contains(.inFlight) {
      return .one(.emit(.result(measure, text: transcript.take(text))))
    }
    var actions = StreamActions()
    if let cut { actions.append(notice(of: cut)) }
    tellSettled(into: &actions)
    tellHeard(backlogSeconds: 0, into: &actions)
    report(measure, transcript.take(text), into: &actions)
    return actions
  }

  private mutating func report(_ measure: ChunkMeasure, _ text: ChunkText?, into actions: inout StreamActions) {
    actions.append(.emit(.result(measure, text: text)))
    if backpressure.contains(.inFlight) { actions += continueIfRoom() }
    if lifetime == .answering { actions += closeIfAnswered() }
  }

  /// The recognizer has something to say.
  public mutating func updated(_ progress: RecognitionProgress, _ updates: [TranscriptUpdate]) -> StreamActions {
    var actions = StreamActions()
    take(updates, progress, into: &actions)
    return actions
  }

  /// Everything up to chunk `seq` is decoded.
  public mutating func finished(
    seq: Int, _ progress: RecognitionProgress, _ updates: [TranscriptUpdate]
  ) -> StreamActions {
    guard let (endings, last) = account.finished(seq: seq) else { return outOfStep }
    var actions = StreamActions()
    take(updates, progress, into: &actions)
    for ending in endings { actions += conclude(ending, seq: seq, last: last) }
    return actions + continueIfRoom() + closeIfAnswered()
  }

  /// The worker could not measure chunk `seq`.
  public mutating func chunkFailed(seq: Int, _ failure: ChunkFailure) -> StreamActions {
    guard let chunk = audio.chunk(seq), account.failed(chunk) else { return outOfStep }
    // No worker gets it again, not even as context.
    if seq <= placement.suspectSeq { audio.silence(seq: seq) }
    audio.answered(seq: seq, checkpoint: transcript.checkpoint)
    return [.emit(.failed(seq: seq, failure))] + continueIfRoom() + closeIfAnswered()
  }

  /// The worker could not finish.
  public mutating func finishFailed(seq: Int) -> StreamActions {
    guard let endings = account.finished(seq: seq)?.endings else { return outOfStep }
    let actions = endings.reduce(into: StreamActions()) { $0 += conclude($1, seq: seq, last: nil) }
    return actions + continueIfRoom() + closeIfAnswered()
  }

  /// Whether so much audio waits to be decoded that more would only wait.
  public mutating func decoderIsBehind(_ isBehind: Bool) -> StreamActions {
    isBehind ? pause(for: .decoding) : resume(from: .decoding)
  }

  /// - Parameter seq: the chunk that was answered, if one was.
  private mutating func take(
    _ updates: [TranscriptUpdate], _ progress: RecognitionProgress, answered seq: Int? = nil,
    into actions: inout StreamActions
  ) {
    transcript.progressed(progress)
    forget(answered: seq ?? 0, into: &actions)
    let news = updates.filter { transcript.take($0) }
    // The progress is that after all updates: a client that has the one before the last final lacks the last.
    let last = news.lastIndex(where: \.isFinal) ?? 0
    for update in news[..<min(last, news.count)] { actions.append(.emit(.update(update))) }
    tellSettled(into: &actions)
    for update in news[min(last, news.count)...] { actions.append(.emit(.update(update))) }
    tellHeard(backlogSeconds: progress.backlogSeconds, into: &actions)
  }

  /// Drops the audio that no recognizer needs any more.
  private mutating func forget(answered seq: Int, into actions: inout StreamActions) {
    audio.answered(seq: seq, checkpoint: transcript.checkpoint)
    if let cut = audio.takeCut(transcript.checkpoint) { actions.append(notice(of: cut)) }
  }

  // This and the next one change nothing: others are given a copy of the session, 776 bytes.
  private mutating func tellSettled(into actions: inout StreamActions) {
    if lifetime.isResumable { actions.append(.emit(.settled(audio.settled))) }
  }

  private mutating func tellHeard(backlogSeconds: Double, into actions: inout StreamActions) {
    guard account.request.utterances.bounds else { return }
    actions.append(.emit(.heard(seconds: max(0, account.answeredSeconds - backlogSeconds))))
  }

  private var outOfStep: StreamActions { placement.slot.map { [.replaceWorker(slot: $0)] } ?? [] }

  // MARK: Placement

  /// The stream has a worker slot, whose worker is ready or will be replaced.
  public mutating func assigned(slot: Int, isReady: Bool) -> StreamActions {
    placement.state = .waiting(slot: slot)
    return isReady ? open() + proceed() : []
  }

  /// Where the recognizer of a worker starts that the stream is opened on.
  public var openingCheckpoint: Checkpoint {
    var checkpoint = transcript.checkpoint ?? Checkpoint(frame: UInt64(audio.startFrame ?? account.frames))
    if let missing = audio.missing(from: transcript.checkpoint) {
      checkpoint = Checkpoint(frame: UInt64(missing.upperBound), segments: checkpoint.segments)
    }
    checkpoint.languages = transcript.languages
    return checkpoint
  }

  /// Opens the stream on its new worker, gives its recognizer the answered audio it needs, and repeats the endings that
  /// the lost worker still had to finish after that.
  public mutating func open() -> StreamActions {
    guard let slot = placement.slot else { return [] }
    placement.openedFormat = account.request.format
    let missing = audio.missing(from: transcript.checkpoint).map {
      StreamAction.emit(.notice(.wordsMissing(seconds: account.request.format.seconds($0))))
    }
    return StreamActions(missing.map { [$0] } ?? []) + [.open(slot: slot)]
      + audio.context.map { .send($0, .context, slot: slot) }
      + account.endings(before: account.lastAnswered).map { .finish(seq: $0, slot: slot) }
  }

  /// Sends one chunk that was in flight when the worker was lost.
  public mutating func attempt(seq: Int) -> StreamActions {
    guard let slot = placement.slot, seq > account.lastAnswered, let chunk = audio.chunk(seq) else { return [] }
    var actions = finishes(after: seq - 1, slot)
    send(chunk, .first, slot, into: &actions)
    return actions
  }

  /// Sends everything that the worker does not have; the stream goes on as before.
  public mutating func proceed() -> StreamActions {
    guard let slot = placement.slot else { return [] }
    placement.state = .active(slot: slot)
    var actions = finishes(after: account.lastAnswered, slot)
    for chunk in audio.unanswered {
      send(chunk, .first, slot, into: &actions)
      actions += finishes(after: chunk.seq, slot)
    }
    return actions
  }

  /// - Parameter delivery: unless a worker was sent the chunk before.
  private mutating func send(
    _ chunk: StreamChunk, _ delivery: StreamAction.Delivery, _ slot: Int, into actions: inout StreamActions
  ) {
    let isReplay = chunk.seq <= placement.sentSeq
    if isReplay { account.replayed() }
    placement.sentSeq = max(placement.sentSeq, chunk.seq)
    if placement.openedFormat != account.request.format {
      // A WAV header that began in an earlier chunk has ended in this one.
      placement.openedFormat = account.request.format
      actions.append(.open(slot: slot))
    }
    actions.append(.send(chunk, isReplay ? .replay : delivery, slot: slot))
  }

  private func finishes(after seq: Int, _ slot: Int) -> StreamActions {
    account.hasEnding(after: seq) ? [.finish(seq: seq, slot: slot)] : []
  }

  // MARK: The end

  /// The server is shutting down. The open utterance is finished of a client that would not send it to a new session.
  public mutating func shutDown() -> StreamActions {
    keepsChunks || account.hasEnded || account.phase == .stopping || lifetime.isDetached ? [] : end(with: .goingAway)
  }

  /// Ends the stream for a reason of the server's.
  public mutating func close(_ reason: CloseReason) -> StreamActions {
    guard !account.hasEnded else { return [] }
    return end(reason) + [.emit(.closing(reason))]
  }

  /// The time is up: no worker will answer what is in flight. A client that keeps its chunks sends them to a new
  /// session instead.
  public mutating func abandon() -> StreamActions {
    guard !keepsChunks else { return [] }
    if account.inFlightChunks > 0 { audio.abandon(through: account.lastTaken, end: account.frames) }
    var actions = StreamActions()
    for loss in account.abandon() {
      switch loss {
      case .chunk(let seq): actions.append(.emit(.failed(seq: seq, .serverEnded)))
      case .ending(let ending, let seq): actions += conclude(ending, seq: seq, last: nil)
      }
    }
    return actions
  }

  mutating func end(_ reason: CloseReason?) -> StreamActions {
    guard !account.hasEnded else { return [] }
    let unanswered = account.inFlightChunks
    account.end(reason)
    audio = AudioHistory()
    var actions = StreamActions()
    if let slot = placement.slot { actions.append(.release(slot: slot)) }
    placement.state = .unassigned
    if unanswered > 0 { actions.append(.discarded(chunks: unanswered)) }
    return actions
  }
}
