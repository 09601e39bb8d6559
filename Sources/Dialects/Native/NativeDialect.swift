internal import Audio
internal import Contract
internal import JSON
internal import Recognition
public import Streams
public import Web

/// The service's own protocol: docs/protocol.md.
public struct NativeDialect: Dialect {
  public static let streamPath = "/api/audio/ws"
  public static let subprotocol = "audio-service"
  /// The same, of a page: it is told on the WebSocket why it gets no stream.
  public static let pageSubprotocol = "audio-service.page"

  public static let policy = DialectPolicy(
    name: "native", acknowledges: true, isResumable: true, textLimitBytes: ControlMessage.largestBytes,
    credentials: [
      .authorization(scheme: "bearer"), .query("token"), .subprotocol(prefix: "token."),
    ])

  private let clientID: Int
  private let name: SessionName
  /// What the client was promised, and what it will be if the stream takes its `start`.
  private var format: ReplyFormat
  @Boxed private var proposed: ReplyFormat?
  private var transcript = ReplyTranscript()
  /// A reply that may be longer is written elsewhere first: most of its room would be for characters that are escaped.
  private static let inPlaceBytes = 4 << 10
  /// The segment of the last update that showed words.
  private var shownSegment = 0
  /// Nil until the client has sent `start`.
  private var settled: SettledMessage?
  /// How late the words of the stream come, in seconds, if it was taken although they do.
  private var delay: Double?
  private var json = JSONObject()

  /// How replies are written.
  private struct ReplyFormat {
    var parameters: StreamParameters
    /// Whether the engine's utterances span chunks.
    var isContinuous: Bool

    /// Whether words are sent in updates instead of replies.
    var sendsUpdates: Bool { isContinuous && parameters.updates }

    init(parameters: StreamParameters, isContinuous: Bool) {
      self.parameters = parameters
      self.isContinuous = isContinuous
    }

    init(_ parameters: StreamParameters, _ engines: EngineList) {
      self.parameters = parameters
      isContinuous = engines.isContinuous(parameters.engine)
    }
  }

  init(_ parameters: StreamParameters, _ engines: EngineList, as identity: SessionIdentity) {
    (clientID, name) = (identity.clientID, identity.name)
    format = ReplyFormat(parameters, engines)
  }

  public func write(state: inout StateWriter) {
    // A session is written before its client is told that it has begun.
    let format = proposed ?? format
    state.add(format.parameters.updates)
    state.add(format.parameters.words)
    state.add(format.parameters.engine)
    state.add(format.parameters.model) { $0.add($1) }
    state.add(format.parameters.language) { $0.add($1) }
    state.add(format.isContinuous)
    state.add(shownSegment)
    state.add(settled) {
      $0.add($1.seq)
      $0.add($1.frames)
      $0.add($1.isOpen)
    }
    transcript.write(to: &state)
  }

  public init(state: inout StateReader, as identity: SessionIdentity) throws(StateError) {
    (clientID, name) = (identity.clientID, identity.name)
    let (updates, words) = (try state.flag(), try state.flag())
    var parameters = StreamParameters(engine: try state.text(), updates: updates, words: words)
    parameters.model = try state.optionalText()
    parameters.language = try state.optionalText()
    format = ReplyFormat(parameters: parameters, isContinuous: try state.flag())
    shownSegment = try state.count()
    settled = try state.optional { state throws(StateError) in
      SettledMessage(seq: try state.count(), frames: try state.count(), isOpen: try state.flag())
    }
    transcript = try ReplyTranscript(from: &state)
  }

  public static func serves(_ path: String) -> Bool { path == streamPath }

  public static func open(_ request: HTTPRequest, _ engines: EngineList) throws(Rejection) -> Opening {
    var parameters = StreamParameters(engine: engines.standard)
    do throws(ParameterError) {
      for item in request.query { try parameters.set(item.name, to: item.value, engines: engines.selectable) }
      try parameters.resolve(in: engines)
    } catch {
      // An engine that this server could have but was not started with: say how it can.
      let hint =
        error.parameter == "engine"
        ? engines.problem(error.value).map { "; engine \(error.value) is unavailable: \($0)" } : nil
      throw reject(.invalidRequest, 400, error.description + (hint ?? ""))
    }
    if let problem = engines.problem(parameters.engine) {
      throw rejection(.engineUnavailable(engine: parameters.engine, reason: problem))
    }
    let (settled, known) = (parameters, engines)
    return Opening(
      request: StreamRequest(settled), isReturning: request.query("resume") == "true",
      subprotocol: try subprotocol(request.subprotocols)
    ) {
      NativeDialect(settled, known, as: $0)
    }
  }

  /// A client that offers subprotocols must offer ours, beside its token perhaps.
  private static func subprotocol(_ offered: [String]) throws(Rejection) -> String? {
    guard !offered.isEmpty else { return nil }
    let known = offered.map { $0.lowercased() }
    if known.contains(pageSubprotocol) { return pageSubprotocol }
    guard known.contains(subprotocol) else {
      throw reject(
        .invalidRequest, 400, "Sec-WebSocket-Protocol: expected \(subprotocol) among the subprotocols")
    }
    return subprotocol
  }

  // MARK: From the client

  public mutating func receive(
    _ message: ClientMessage, _ engines: @autoclosure () -> EngineList, to output: any DialectOutput
  ) -> ClientEvent? {
    switch message {
    case .binary(let bytes): return .audio(bytes)
    // An empty message of either kind is refused alike.
    case .text(let text) where text.isEmpty: return .audio(text)
    case .text(let text):
      do throws(ControlMessageError) {
        return try receive(ControlMessage(parsing: text), engines(), to: output)
      } catch {
        send(.failure(error: error.description, code: nil, seq: nil), to: output)
        return nil
      }
    }
  }

  private mutating func receive(
    _ message: ControlMessage, _ engines: EngineList, to output: any DialectOutput
  ) -> ClientEvent? {
    switch message {
    case .ping(let id):
      send(.pong(id: id), to: output)
      return nil
    case .flush: return .flush
    case .stop: return .stop
    case .start(let wish):
      do throws(StartProblem) {
        return try start(wish, engines)
      } catch {
        send(.failure(error: error.description, code: nil, seq: nil), to: output)
        return nil
      }
    }
  }

  private struct StartProblem: Error, CustomStringConvertible {
    var description: String
  }

  private mutating func start(_ wish: JSONValue, _ engines: EngineList) throws(StartProblem) -> ClientEvent {
    switch wish["resume"] {
    case .string(let name)?:
      return .resume(
        ResumeRequest(session: name, answered: wish["answered"]?.integer ?? 0, segment: wish["segment"]?.integer ?? 0))
    case nil, .null?: break
    case let other?:
      throw StartProblem(
        description: #"resume: expected the session of a "started" message, got \#(other.text.quoted)"#)
    }
    var parameters = format.parameters
    do throws(ParameterError) {
      try parameters.set(from: wish, engines: engines.selectable)
      try parameters.resolve(in: engines)
    } catch {
      throw StartProblem(description: error.description)
    }
    if let problem = engines.problem(parameters.engine) {
      throw StartProblem(description: "engine \(parameters.engine) is unavailable: \(problem)")
    }
    proposed = ReplyFormat(parameters, engines)
    return .start(
      StreamRequest(parameters), keepsChunks: parameters.keeps,
      settled: Settled(frames: parameters.settledFrames, isOpen: parameters.settledOpen))
  }

  // MARK: To the client

  public mutating func write(_ event: StreamEvent, to output: any DialectOutput) {
    switch event {
    // Only of interest to clients that know of `start`.
    case .notice(let notice): if settled != nil { send(notice.message, to: output) }
    case .delayed(let seconds): delay = (seconds * 10).rounded() / 10
    case .accepted(let seq, let bytes):
      let acknowledgement = Acknowledgement(clientID: clientID, seq: seq, chunkBytes: bytes)
      output.send(textUpTo: Acknowledgement.longestBytes, mayWait: true) { acknowledgement.write(to: $0) }
    case .update(let update): write(update, to: output)
    case .settled(let state): settled = SettledMessage(seq: state.seq, frames: state.frames, isOpen: state.isOpen)
    case .result(let measure, let chunk?):
      transcript.take(chunk)
      write(measure, chunk, to: output)
    case .result(let measure, nil):
      write(measure, format.sendsUpdates ? nil : transcript.reply(isContinuous: format.isContinuous), to: output)
    case .failed(let seq, let failure):
      send(.failure(error: failure.sentence(seq: seq), code: nil, seq: seq), to: output)
    case .flushed(let seq, let last):
      if let last, !format.sendsUpdates { write(last, transcript.flush(), to: output) }
      send(.flushed(seq: seq, settled: settled), to: output)
    case .left(let last):
      // Words that no chunk carries any more.
      guard !format.sendsUpdates, let text = transcript.rest() else { break }
      write(last, text, to: output)
    case .receipt(let receipt):
      send(.summary(Receipt(receipt, clientID: clientID, format.parameters)), to: output)
    case .started(let request): started(request, seq: nil, to: output)
    case .resumed(let request, let seq): started(request, seq: seq, to: output)
    case .refused(let refusal):
      if refusal.isOfStart { proposed = nil }
      send(.failure(error: refusal.sentence, code: nil, seq: nil), to: output)
    case .closing(let reason): close(reason, output)
    // Not asked for.
    case .heard: break
    }
  }

  private mutating func started(_ request: StreamRequest, seq: Int?, to output: any DialectOutput) {
    if seq == nil, let proposed { format = proposed }
    if settled == nil { settled = SettledMessage(seq: 0) }
    proposed = nil
    var parameters = format.parameters
    parameters.format = request.format
    send(.started(clientID: clientID, session: name.text, parameters: parameters, seq: seq), to: output)
  }

  private mutating func write(_ update: TranscriptUpdate, to output: any DialectOutput) {
    guard format.sendsUpdates else { return transcript.take(update, isContinuous: format.isContinuous) }
    // A segment that showed no words need not be withdrawn.
    guard !update.segment.text.isEmpty || update.segment.number == shownSegment else { return }
    shownSegment = update.segment.number
    json.reset()
    UpdateMessage(update, withWords: format.parameters.words, settled: settled).write(to: &json)
    json.withBytes { output.send(text: $0) }
  }

  private mutating func write(
    _ measure: ChunkMeasure, _ text: ReplyTranscript.Text?, to output: any DialectOutput
  ) {
    write(
      Transcription(measure, text, format.parameters, settled: settled, delay: format.isContinuous ? delay : nil),
      to: output)
  }

  private mutating func write(_ measure: ChunkMeasure, _ chunk: ChunkText, to output: any DialectOutput) {
    let (bytes, settled) = (Transcription.longestBytes(text: chunk.text), settled)
    guard bytes <= Self.inPlaceBytes else { return write(Transcription(measure, chunk, settled: settled), to: output) }
    output.send(textUpTo: bytes, mayWait: false) {
      Transcription.write(.init(measure), text: chunk.text, segment: chunk.segment, settled: settled, to: $0)
    }
  }

  private mutating func write(_ transcription: Transcription, to output: any DialectOutput) {
    let bytes = transcription.longestBytes
    guard bytes > Self.inPlaceBytes || transcription.text?.segments.isEmpty == false else {
      return output.send(textUpTo: bytes, mayWait: false) { transcription.write(to: $0) }
    }
    json.reset()
    transcription.write(to: &json)
    json.withBytes { output.send(text: $0) }
  }

  private mutating func send(_ message: ServerMessage, to output: any DialectOutput) {
    json.reset()
    message.write(to: &json)
    json.withBytes { output.send(text: $0) }
  }

  private mutating func close(_ reason: CloseReason, _ output: any DialectOutput) {
    if let message = reason.message { send(message, to: output) }
    output.close(code: reason.code, reason: reason.phrase)
  }
}
