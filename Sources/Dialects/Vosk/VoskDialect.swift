internal import Audio
internal import JSON
internal import Recognition
public import Streams
public import Web

/// The protocol of vosk-server: one text message for each message of the client's, in their order, and nothing unasked.
public struct VoskDialect: Dialect {
  public static let policy = DialectPolicy(
    name: "vosk", acknowledges: false, isResumable: false, textLimitBytes: 1 << 20,
    credentials: DialectPolicy.Credential.customary)

  /// Messages of the client's that are not answered, in their order.
  private enum Owed {
    case audio
    case emptyAudio
    case reset
    case end
  }

  /// An audio message was processed.
  private struct Result {
    /// Nil: it could not be recognized.
    var measure: ChunkMeasure?
    /// Of an engine with one text a message.
    var segment: Segment?
  }

  private var settings = VoskSettings()
  private let choice: EngineChoice
  private var owed = Deque<Owed>()
  /// Answers that may wait their turn: audio is measured while a reset before it still waits for words.
  private var results = Deque<Result>()
  private var flushes = 0
  private var receipt: StreamReceipt?
  /// Final segments that no message has told.
  private var finals: [Segment] = []
  /// The text of the open utterance.
  private var partial = ""
  /// Seconds of which words are missing, until a message tells.
  private var missing: Range<Double>?
  private var hasAudio = false
  /// Nothing is read any more.
  private var hasEnded = false
  private var json = JSONObject()

  public static func serves(_ path: String) -> Bool { path == "/" || path == "/vosk" }

  public static func open(_ request: HTTPRequest, _ engines: EngineList) throws(Rejection) -> Opening {
    let choice: EngineChoice
    do throws(ModelSelection.Problem) {
      choice = try engines.choice(ofModel: request.query("model"), language: request.query("language"))
    } catch {
      throw rejection(.malformed(status: 400, reason: "\(error)", headers: []))
    }
    if let problem = engines.problem(choice.engine) {
      throw rejection(.engineUnavailable(engine: choice.engine, reason: problem))
    }
    var opening = Opening(
      request: VoskSettings().request(choice), subprotocol: request.agreedCredentialSubprotocol
    ) { _ in
      VoskDialect(choice)
    }
    opening.ignored = request.query.names(without: ["model", "language"])
    return opening
  }

  private init(_ choice: EngineChoice) { self.choice = choice }

  public static func rejection(_ reason: RejectionReason) -> Rejection {
    let terms = reason.terms
    var body = JSONObject()
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
    switch message {
    case .binary(let bytes):
      // Some clients send it so.
      if let command = VoskCommand(binary: bytes) { return carryOut(command, output) }
      owed.append(bytes.isEmpty ? .emptyAudio : .audio)
      guard bytes.isEmpty else {
        hasAudio = true
        return .audio(bytes)
      }
      answer(output)
      return nil
    case .text(let text):
      do throws(VoskProblem) {
        return carryOut(try VoskCommand(text: text), output)
      } catch {
        fail(error, output)
        return nil
      }
    }
  }

  private mutating func carryOut(_ command: VoskCommand, _ output: any DialectOutput) -> ClientEvent? {
    switch command {
    case .end:
      owed.append(.end)
      hasEnded = true
      return .stop
    case .reset:
      owed.append(.reset)
      return .flush
    case .configure(let wish):
      do throws(VoskProblem) {
        let before = settings.sampleRate
        try settings.set(from: wish, mayChangeRate: !hasAudio)
        output.ignored(wish.keys(without: VoskSettings.known))
        guard settings.sampleRate != before else { return nil }
        return .start(settings.request(choice), keepsChunks: false, settled: Settled())
      } catch {
        fail(error, output)
        return nil
      }
    }
  }

  /// This protocol has no error messages.
  private mutating func fail(_ problem: VoskProblem, _ output: any DialectOutput) {
    hasEnded = true
    output.close(code: 1008, reason: problem.description)
  }

  // MARK: To the client

  public mutating func write(_ event: StreamEvent, to output: any DialectOutput) {
    switch event {
    case .update(let update) where update.isFinal:
      partial = ""
      if !update.segment.text.isEmpty { finals.append(update.segment) }
    case .update(let update): partial = update.segment.text
    case .result(let measure, let chunk):
      results.append(Result(measure: measure, segment: chunk.map { Segment($0, of: measure) }))
      answer(output)
    // The worker does not serve this stream at all.
    case .failed(_, .worker(let reason)):
      hasEnded = true
      output.close(code: 1011, reason: reason)
    case .failed:
      results.append(Result())
      answer(output)
    case .notice(.wordsMissing(let seconds)): missing = seconds
    case .flushed:
      flushes += 1
      answer(output)
    case .receipt(let receipt):
      self.receipt = receipt
      answer(output)
    case .closing(let reason):
      // What it has heard is not lost because the server goes.
      if reason == .goingAway, !finals.isEmpty { sendTexts(.end, output) }
      output.close(code: reason.code, reason: reason.phrase)
    case .started, .resumed, .accepted, .delayed, .notice, .heard, .settled, .left, .refused: break
    }
  }

  /// Answers the oldest messages, up to the first that must wait.
  private mutating func answer(_ output: any DialectOutput) {
    while let first = owed.first {
      switch first {
      case .audio:
        guard let result = results.popFirst() else { return }
        if let segment = result.segment { finals.append(segment) }
        var stretch = AudioStretch(result.measure)
        missing.map { stretch.addMissing($0) }
        missing = nil
        sendTexts(first, output) { stretch.tell(in: &$0) }
      case .emptyAudio: sendTexts(first, output)
      case .reset:
        guard flushes > 0 else { return }
        flushes -= 1
        sendTexts(first, output)
      case .end:
        guard let receipt else { return }
        sendTexts(first, output) { $0.add("audio_service", receipt.extras) }
      }
      _ = owed.popFirst()
    }
  }

  private mutating func sendTexts(
    _ kind: Owed, _ output: any DialectOutput, extras: (inout JSONObject) -> Void = { _ in }
  ) {
    json.reset()
    if finals.isEmpty, kind == .audio || kind == .emptyAudio {
      json.add("partial", PlainWord.text(of: partial))
    } else {
      settings.write(finals, to: &json)
      finals = []
    }
    extras(&json)
    json.withBytes { output.send(text: $0) }
  }
}
