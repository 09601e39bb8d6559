internal import Audio
internal import Contract
internal import JSON
internal import Recognition
public import Streams
public import Web

/// The transcription of OpenAI's Realtime protocol: events both ways, audio in base64.
public struct RealtimeDialect: Dialect {
  public static let policy = DialectPolicy(
    name: "openai", acknowledges: false, isResumable: false, textLimitBytes: 24 << 20,
    credentials: DialectPolicy.Credential.customary + [.subprotocol(prefix: "openai-insecure-api-key.")])

  /// Requests that wait for words, in their order.
  private enum Owed: Equatable {
    /// With turn detection: the turn at hand ends.
    case turnEnd
    /// Without: the item that takes all that was said, up to this chunk.
    case item(RealtimeItem, chunk: Int)
    case clear
  }

  /// The client's buffer of audio: what came, and how much of that was committed or cleared, and cleared.
  private struct Buffer {
    var chunks = 0
    var seconds = 0.0
    var committedSeconds = 0.0
    var clearedChunks = 0
    var clearedSeconds = 0.0

    mutating func clear() {
      committedSeconds = seconds
      (clearedChunks, clearedSeconds) = (chunks, seconds)
    }
  }

  private var output: RealtimeOutput
  private var settings: RealtimeSettings
  private let base64 = Base64()
  private var utterances = UtteranceTracker()
  /// Turns whose text is not known.
  private var turns: [RealtimeItem] = []
  private var owed = Deque<Owed>()
  /// Without turn detection: what was said since the last commit.
  private var said: [Segment] = []
  /// Chunks that could not be recognized, of which no item has told.
  private var failures: [(seq: Int, sentence: String)] = []
  private var buffer = Buffer()
  /// Whether the turn that a commit ends has been told.
  private var hasEndedTurn = false

  public static func serves(_ path: String) -> Bool { path == "/v1/realtime" }

  public static func open(_ request: HTTPRequest, _ engines: EngineList) throws(Rejection) -> Opening {
    let choice: EngineChoice
    do throws(ModelSelection.Problem) {
      choice = try engines.choice(ofModel: request.query("model"), language: nil)
    } catch {
      throw rejection(.malformed(status: 400, reason: "\(error)", headers: []))
    }
    if let problem = engines.problem(choice.engine) {
      throw rejection(.engineUnavailable(engine: choice.engine, reason: problem))
    }
    let settings = RealtimeSettings(choice)
    let own = request.subprotocols.first { $0.lowercased() == "realtime" }
    var opening = Opening(request: settings.request, subprotocol: own ?? request.agreedCredentialSubprotocol) {
      RealtimeDialect(settings, as: $0)
    }
    opening.ignored = request.query.names(without: ["intent", "model"])
    return opening
  }

  private init(_ settings: RealtimeSettings, as identity: SessionIdentity) {
    self.settings = settings
    output = RealtimeOutput(sessionID: "sess_\(identity.name.text)")
  }

  public static func rejection(_ reason: RejectionReason) -> Rejection {
    let terms = reason.terms
    return OpenAIError(
      status: terms.status, message: terms.error, code: terms.status == 401 ? "invalid_api_key" : nil,
      headers: terms.headers
    ).rejection(id: ServiceID.random(), cause: terms.cause)
  }

  // MARK: From the client

  public mutating func opened(to target: any DialectOutput) {
    output.session("session.created", settings, isFlat: false, to: target)
  }

  public mutating func receive(
    _ message: ClientMessage, _ engines: @autoclosure () -> EngineList, to target: any DialectOutput
  ) -> ClientEvent? {
    guard !output.hasEnded else { return nil }
    do throws(RealtimeProblem) {
      guard case .text(let text) = message else {
        throw RealtimeProblem(.invalidJSON, "expected text, got a binary message")
      }
      let event = try RealtimeEvent(text)
      do throws(RealtimeProblem) {
        return try carryOut(event.kind, engines(), target)
      } catch {
        var problem = error
        problem.eventID = event.id
        throw problem
      }
    } catch {
      output.error(error, to: target)
      return nil
    }
  }

  private mutating func carryOut(
    _ event: RealtimeEvent.Kind, _ engines: @autoclosure () -> EngineList, _ target: any DialectOutput
  ) throws(RealtimeProblem) -> ClientEvent? {
    switch event {
    case .update(let wish, let isFlat):
      let before = settings
      try settings.set(from: wish, isFlat: isFlat, mayChangeFormat: buffer.seconds == 0, engines())
      target.ignored(RealtimeSettings.ignored(in: wish, isFlat: isFlat))
      output.session(
        isFlat ? "transcription_session.updated" : "session.updated", settings, isFlat: isFlat, to: target)
      guard buffer.seconds > 0 else {
        guard settings.request != before.request else { return nil }
        return .start(settings.request, keepsChunks: false, settled: Settled())
      }
      // Speech without turn detection becomes an item of its own.
      guard !before.detectsTurns, settings.detectsTurns, buffer.seconds > buffer.committedSeconds else { return nil }
      return commitItem(target)
    case .append(let text): return try take(base64.decode(text))
    case .appendPlain(let text): return try take(base64.decode(text))
    case .commit:
      guard buffer.seconds > buffer.committedSeconds else {
        throw RealtimeProblem(.emptyCommit, "input_audio_buffer: expected audio before commit, got none since the last")
      }
      guard settings.detectsTurns else { return commitItem(target) }
      buffer.committedSeconds = buffer.seconds
      owed.append(.turnEnd)
      return .flush
    case .clear:
      buffer.clear()
      failures = []
      for index in turns.indices { turns[index].isCleared = true }
      output.cleared(to: target)
      guard buffer.seconds > 0 else { return nil }
      owed.append(.clear)
      return .flush
    }
  }

  /// All that was said since the last commit or turn becomes an item.
  private mutating func commitItem(_ target: any DialectOutput) -> ClientEvent {
    var item = RealtimeItem(id: output.nextItemID(), start: buffer.committedSeconds, end: buffer.seconds)
    output.committed(&item, to: target)
    owed.append(.item(item, chunk: buffer.chunks))
    buffer.committedSeconds = buffer.seconds
    return .flush
  }

  private mutating func take(_ audio: UnsafeRawBufferPointer?) throws(RealtimeProblem) -> ClientEvent? {
    guard let audio else {
      var problem = RealtimeProblem(.invalidValue, "audio: expected audio in base64")
      problem.parameter = "audio"
      throw problem
    }
    guard !audio.isEmpty else { return nil }
    guard audio.count <= StreamLayout.largestChunkBytes else {
      throw RealtimeProblem(
        "audio", expected: "at most \(StreamLayout.largestChunkBytes) bytes", .number(audio.count))
    }
    buffer.chunks += 1
    buffer.seconds += Double(audio.count) / Double(settings.format.frameBytes * settings.format.sampleRate)
    return .audio(audio)
  }

  // MARK: To the client

  public mutating func write(_ event: StreamEvent, to target: any DialectOutput) {
    switch event {
    case .update(let update): tell(utterances.take(update), target)
    case .result(let measure, let text):
      output.stretch.add(measure)
      if let text { tell(utterances.take(text, of: measure), target) }
    case .flushed: flushed(target)
    // The worker does not serve this stream at all.
    case .failed(_, .worker(let reason)): fail(reason, target)
    case .notice(.wordsMissing(let seconds)):
      output.stretch.addMissing(seconds)
      guard seconds.upperBound > buffer.clearedSeconds else { break }
      failures.append((buffer.clearedChunks, StreamNotice.wordsMissing(seconds: seconds).sentence))
    case .failed(let seq, let failure):
      output.stretch.addDropped()
      if seq > buffer.clearedChunks { failures.append((seq, failure.sentence(seq: seq))) }
    case .refused(.speechDelayed(let seconds, let limit)):
      fail(RejectedForDelay.sentence(seconds: seconds, limitSeconds: limit), target)
    case .closing(let reason):
      if case .unsupported(_, let error) = reason {
        output.error(RealtimeProblem(.invalidValue, error.description), to: target)
      }
      target.close(code: reason.code, reason: reason.phrase)
    case .started, .resumed, .accepted, .heard, .delayed, .notice, .settled, .left, .receipt, .refused: break
    }
  }

  /// Whether the next words are those of turns: a request that waits was made with or without turn detection.
  private var tellsTurns: Bool {
    switch owed.first {
    case _ where !turns.isEmpty: true
    case .turnEnd: true
    case .item: false
    case .clear, nil: settings.detectsTurns
    }
  }

  private mutating func tell(_ events: [UtteranceTracker.Event], _ target: any DialectOutput) {
    for event in events {
      if tellsTurns {
        tellTurn(event, target)
      } else if case .final(let segment, _) = event, !segment.text.isEmpty, !isCleared(segment) {
        said.append(segment)
      }
    }
  }

  /// None begins before the audio that came after a clear.
  private func isCleared(_ segment: Segment) -> Bool { segment.start < buffer.clearedSeconds - 0.001 }

  private mutating func tellTurn(_ event: UtteranceTracker.Event, _ target: any DialectOutput) {
    switch event {
    case .began(let segment, let isContinued):
      if isContinued, !turns.isEmpty { return }
      begin(segment, target)
    case .partial(let segment, let stableWords):
      guard let last = turns.indices.last, let delta = turns[last].delta(segment, stableWords: stableWords) else {
        return
      }
      sendDelta(delta, of: turns[last], target)
    case .over(let segment, let ending):
      guard ending != .length, let last = turns.indices.last, !turns[last].isCleared else { return }
      output.speech("stopped", "audio_end_ms", segment.end, turns[last], to: target)
      output.committed(&turns[last], to: target)
    case .final(let segment, let ending):
      // Turns may have been detected only since.
      if turns.isEmpty { begin(segment, target) }
      let rest = turns[0].add(segment, goesOn: ending == .length)
      if let rest { sendDelta(rest, of: turns[0], target) }
      guard ending != .length else { return }
      var turn = turns.removeFirst()
      buffer.committedSeconds = max(buffer.committedSeconds, min(segment.end, buffer.seconds))
      guard !turn.isCleared else { return }
      output.committed(&turn, to: target)
      tellOver(turn, target)
      if ending == .request { hasEndedTurn = true }
    }
  }

  /// Sends the text of an item, or why it has none.
  /// - Parameter chunk: the last one in it, if that is known.
  private mutating func tellOver(_ item: RealtimeItem, upTo chunk: Int = .max, _ target: any DialectOutput) {
    let failure = failures.first { $0.seq <= chunk }
    failures.removeAll { $0.seq <= chunk }
    if item.text.isEmpty, let failure {
      output.failed(item, .audio, failure.sentence, to: target)
    } else {
      output.completed(item, to: target)
    }
  }

  private mutating func begin(_ segment: Segment, _ target: any DialectOutput) {
    var turn = RealtimeItem(id: output.nextItemID(), start: segment.start, end: segment.start)
    turn.isCleared = isCleared(segment)
    turns.append(turn)
    if !turn.isCleared { output.speech("started", "audio_start_ms", segment.start, turn, to: target) }
  }

  private mutating func sendDelta(_ delta: String, of turn: RealtimeItem, _ target: any DialectOutput) {
    if !turn.isCleared { output.delta(delta, of: turn, to: target) }
  }

  /// Everything before a request is decoded.
  private mutating func flushed(_ target: any DialectOutput) {
    switch owed.popFirst() {
    case .turnEnd:
      if !hasEndedTurn {
        var item = RealtimeItem(id: output.nextItemID(), start: buffer.committedSeconds, end: buffer.committedSeconds)
        output.committed(&item, to: target)
        tellOver(item, target)
      }
      hasEndedTurn = false
    case .item(var item, let chunk):
      for segment in said { _ = item.add(segment, goesOn: false) }
      said = []
      tellOver(item, upTo: chunk, target)
    case .clear: said = []
    case nil: break
    }
  }

  /// The server can't recognize it.
  private mutating func fail(_ reason: String, _ target: any DialectOutput) {
    guard !output.hasEnded else { return }
    for turn in turns { output.failed(turn, .server, reason, to: target) }
    output.end(reason, to: target)
  }
}
