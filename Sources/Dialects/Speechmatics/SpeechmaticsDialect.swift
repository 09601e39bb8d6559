internal import Audio
internal import JSON
internal import Recognition
public import Streams
public import Web

/// The protocol of Speechmatics' real-time clients: audio is acknowledged, and transcripts are sent when they exist.
/// Its variant for voice agents has segments and turns in their place.
public struct SpeechmaticsDialect: Dialect {
  public static let policy = DialectPolicy(
    name: "speechmatics", acknowledges: false, isResumable: false, textLimitBytes: 1 << 20,
    credentials: DialectPolicy.Credential.customary)

  /// Requests that wait for words, in their order.
  private enum Owed {
    case utteranceEnd, end
  }

  private struct AudioMessages {
    /// Those that are not acknowledged, in their order: whether they have any audio.
    var unacknowledged = Deque<Bool>()
    var acknowledged = 0
    var hasCome = false
    /// They are a file, whose audio comes from a decoder.
    var isDecoded = false
    /// Audio of which no acknowledgement has told.
    var stretch = AudioStretch()
  }

  /// The last texts that were sent.
  private struct Told {
    /// Whether the final one ended where the speaker went on.
    var isCut = false
    var partial = ""
  }

  private let sessionID: String
  private let pathLanguage: String?
  /// Of a voice agent; nil: transcripts are told.
  private var agent: AgentTurns?
  /// Nil before `StartRecognition`.
  private var config: SpeechmaticsConfig?
  private var utterances = UtteranceTracker()
  private var owed = Deque<Owed>()
  private var audio = AudioMessages()
  private var told = Told()
  /// Nothing is read any more.
  private var hasEnded = false
  private var json = JSONObject()

  private static let agentPath = "/v2/agent"

  public static func serves(_ path: String) -> Bool { path == "/v2" || language(in: path) != nil }

  /// The language of a path, or the last word of another one: empty for none.
  private static func language(in path: String) -> String? {
    guard path.hasPrefix("/v2/"), !path.dropFirst(4).contains("/") else { return nil }
    return String(path.dropFirst(4))
  }

  public static func open(_ request: HTTPRequest, _ engines: EngineList) throws(Rejection) -> Opening {
    let engine = engines.standard
    if let problem = engines.problem(engine) {
      throw rejection(.engineUnavailable(engine: engine, reason: problem))
    }
    let isAgent = request.path == agentPath
    let language = isAgent ? nil : language(in: request.path)
    return Opening(
      request: StreamRequest(format: .standard, engine: engine), subprotocol: request.agreedCredentialSubprotocol
    ) {
      SpeechmaticsDialect(language: language, agent: isAgent ? AgentTurns() : nil, as: $0)
    }
  }

  private init(language: String?, agent: AgentTurns?, as identity: SessionIdentity) {
    sessionID = ServiceID.text(of: identity.name.text)
    pathLanguage = language
    self.agent = agent
  }

  public static func rejection(_ reason: RejectionReason) -> Rejection {
    let terms = reason.terms
    var body = JSONObject()
    body.add("code", terms.status)
    body.add("error", terms.error)
    return Rejection(
      terms.cause, error: terms.error,
      response: HTTPResponse(status: terms.status, json: body.text, headers: terms.headers))
  }

  // MARK: From the client

  public mutating func receive(
    _ message: ClientMessage, _ engines: @autoclosure () -> EngineList, to output: any DialectOutput
  ) -> ClientEvent? {
    guard !hasEnded else { return nil }
    do throws(SpeechmaticsProblem) {
      switch message {
      case .binary(let bytes): return try take(bytes, output)
      case .text(let text): return try carryOut(try SpeechmaticsCommand(text), engines(), output)
      }
    } catch {
      fail(error, output)
      return nil
    }
  }

  private mutating func take(
    _ bytes: UnsafeRawBufferPointer, _ output: any DialectOutput
  ) throws(SpeechmaticsProblem) -> ClientEvent? {
    guard let config else { throw SpeechmaticsProblem(.order, "audio: expected StartRecognition first") }
    audio.unacknowledged.append(!bytes.isEmpty)
    guard !bytes.isEmpty else {
      acknowledgeEmpty(output)
      return nil
    }
    guard config.format == nil else { return .audio(bytes) }
    guard audio.hasCome || StreamProbe.mayBeFile(bytes) else {
      throw SpeechmaticsProblem(.audioType, "audio_format: expected a file, or samples of the type raw")
    }
    audio.hasCome = true
    return .file(bytes)
  }

  private mutating func carryOut(
    _ command: SpeechmaticsCommand, _ engines: EngineList, _ output: any DialectOutput
  ) throws(SpeechmaticsProblem) -> ClientEvent? {
    guard case .startRecognition(let wish) = command else {
      guard config != nil else { throw SpeechmaticsProblem(.order, "message: expected StartRecognition first") }
      switch command {
      case .forceEndOfUtterance:
        owed.append(.utteranceEnd)
        return .flush
      case .endOfStream:
        owed.append(.end)
        hasEnded = true
        return .stop
      case .getSpeakers:
        begin("SpeakersResult")
        json.add("speakers", .array([]))
        send(output)
        return nil
      case .startRecognition, .setRecognitionConfig: return nil
      }
    }
    guard config == nil else { throw SpeechmaticsProblem(.order, "StartRecognition: expected once") }
    let config = try SpeechmaticsConfig(wish, language: pathLanguage, engines)
    if agent != nil { agent = try AgentTurns(wish) }
    output.ignored(SpeechmaticsConfig.ignored(in: wish, isAgent: agent != nil))
    self.config = config
    return .start(config.request, keepsChunks: false, settled: Settled())
  }

  private mutating func fail(_ problem: SpeechmaticsProblem, _ output: any DialectOutput) {
    hasEnded = true
    send("Error", problem, output)
    output.close(code: problem.kind == .job ? 1011 : 1003, reason: problem.kind.rawValue)
  }

  // MARK: To the client

  public mutating func write(_ event: StreamEvent, to output: any DialectOutput) {
    switch event {
    case .started: sendStarted(output)
    case .update(let update): tell(utterances.take(update), output)
    case .result(let measure, let text):
      if audio.isDecoded { audio.stretch.add(measure) } else { acknowledge(measure, output) }
      if let text { tell(utterances.take(text, of: measure), output) }
    // The worker does not serve this stream at all.
    case .failed(_, .worker(let reason)): fail(SpeechmaticsProblem(.job, reason), output)
    case .failed(let seq, let failure):
      if audio.isDecoded { audio.stretch.addDropped() } else { acknowledge(nil, output) }
      send("Warning", SpeechmaticsProblem(.data, failure.sentence(seq: seq)), output)
    case .notice(.wordsMissing(let seconds)):
      send("Warning", SpeechmaticsProblem(.data, StreamNotice.wordsMissing(seconds: seconds).sentence), output)
    case .flushed(_, let last):
      guard owed.popFirst() == .utteranceEnd else { break }
      if agent == nil { sendUtteranceEnd(last.map { $0.start + $0.duration } ?? 0, output) }
      send(agent?.end(), output)
    case .receipt(let receipt): sendEnd(receipt, output)
    case .refused(.speechDelayed(let seconds, let limit)):
      fail(SpeechmaticsProblem(.job, RejectedForDelay.sentence(seconds: seconds, limitSeconds: limit)), output)
    case .closing(let reason): close(reason, output)
    case .resumed, .accepted, .heard, .delayed, .notice, .settled, .left, .refused: break
    }
  }

  private mutating func tell(_ events: [UtteranceTracker.Event], _ output: any DialectOutput) {
    for event in events {
      guard agent == nil else {
        send(agent?.take(event), output)
        continue
      }
      switch event {
      case .began, .over: break
      case .partial(let segment, _):
        guard config?.sendsPartials == true, segment.text != told.partial else { continue }
        told.partial = segment.text
        sendTranscript("AddPartialTranscript", segment, end: "", output)
      case .final(let segment, let ending):
        told.partial = ""
        let saysMore = sendTranscript("AddTranscript", segment, end: " ", output) || told.isCut
        told.isCut = saysMore && ending == .length
        if saysMore, ending == .silence, config?.silenceMilliseconds != nil { sendUtteranceEnd(segment.end, output) }
      }
    }
  }

  private mutating func close(_ reason: CloseReason, _ output: any DialectOutput) {
    switch reason {
    case .unsupported(_, let error): fail(SpeechmaticsProblem(.audioType, error.description), output)
    case .goingAway:
      if config != nil { sendEnd(nil, output) }
      output.close(code: reason.code, reason: reason.phrase)
    default: output.close(code: reason.code, reason: reason.phrase)
    }
  }

  // MARK: Messages

  private mutating func begin(_ message: String) {
    json.reset()
    json.add("message", message)
  }

  private mutating func send(_ message: String, _ problem: SpeechmaticsProblem, _ output: any DialectOutput) {
    begin(message)
    json.add("type", problem.kind.rawValue)
    json.add("reason", problem.reason)
    send(output)
  }

  private mutating func send(_ output: any DialectOutput) { json.withBytes { output.send(text: $0) } }

  private mutating func send(_ messages: [AgentTurns.Message]?, _ output: any DialectOutput) {
    for message in messages ?? [] {
      json.reset()
      message.write(to: &json)
      send(output)
    }
  }

  private mutating func sendStarted(_ output: any DialectOutput) {
    begin("RecognitionStarted")
    json.add("id", sessionID)
    let language = config?.language ?? "en"
    json.add(
      "language_pack_info",
      .object([
        .init(key: "word_delimiter", value: .string(" ")),
        .init(key: "language_description", value: .string(language.hasPrefix("en") ? "English" : language)),
        .init(key: "writing_direction", value: .string("left-to-right")), .init(key: "itn", value: .bool(false)),
        .init(key: "adapted", value: .bool(false)),
      ]))
    send(output)
  }

  /// Levels of a file are those of what was decoded of it meanwhile.
  public mutating func tookFile(to output: any DialectOutput) {
    audio.isDecoded = true
    _ = audio.unacknowledged.popFirst()
    sendAcknowledgement(audio.stretch, output)
    audio.stretch = AudioStretch()
    acknowledgeEmpty(output)
  }

  /// The oldest message with audio was measured, or can't be.
  private mutating func acknowledge(_ measure: ChunkMeasure?, _ output: any DialectOutput) {
    _ = audio.unacknowledged.popFirst()
    sendAcknowledgement(AudioStretch(measure), output)
    acknowledgeEmpty(output)
  }

  private mutating func acknowledgeEmpty(_ output: any DialectOutput) {
    while audio.unacknowledged.first == false {
      _ = audio.unacknowledged.popFirst()
      sendAcknowledgement(nil, output)
    }
  }

  private mutating func sendAcknowledgement(_ stretch: AudioStretch?, _ output: any DialectOutput) {
    audio.acknowledged += 1
    begin("AudioAdded")
    json.add("seq_no", audio.acknowledged)
    stretch?.tell(in: &json)
    send(output)
  }

  /// Returns whether there is any text.
  @discardableResult
  private mutating func sendTranscript(
    _ message: String, _ segment: Segment, end: String, _ output: any DialectOutput
  ) -> Bool {
    let results = SpeechmaticsResults(segment, language: config?.language ?? segment.language ?? "en")
    guard !results.isEmpty else { return false }
    begin(message)
    json.add("format", "2.9")
    json.add("metadata") { json in
      json.add("start_time", figure: segment.start)
      json.add("end_time", figure: segment.end)
      json.add("transcript", results.transcript + end)
    }
    results.write(to: &json)
    send(output)
    return true
  }

  private mutating func sendUtteranceEnd(_ second: Double, _ output: any DialectOutput) {
    begin("EndOfUtterance")
    json.add(
      "metadata",
      .object([.init(key: "start_time", value: .number(second)), .init(key: "end_time", value: .number(second))]))
    send(output)
  }

  /// - Parameter receipt: nil if the server ends the stream.
  private mutating func sendEnd(_ receipt: StreamReceipt?, _ output: any DialectOutput) {
    send(agent?.end(), output)
    begin("EndOfTranscript")
    if let receipt { json.add("audio_service", receipt.extras) }
    send(output)
  }
}
