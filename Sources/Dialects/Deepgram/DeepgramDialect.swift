internal import Audio
internal import Contract
internal import JSON
internal import Recognition
public import Streams
public import Web

/// The protocol of Deepgram's live clients: results are sent when they exist.
public struct DeepgramDialect: Dialect {
  public static let policy = DialectPolicy(
    name: "deepgram", acknowledges: false, isResumable: false, textLimitBytes: 1 << 20,
    credentials: DialectPolicy.Credential.customary,
    patience: .seconds(10))

  /// Requests that wait for words, in their order.
  private enum Owed {
    case finalize, close
  }

  /// The last things the client was told.
  private struct Told {
    /// The second of the stream up to which texts are final.
    var end = 0.0
    /// The end of the last final word, until the client is told that none has followed for a while.
    var wordEnd: Double?
    /// Whether the last final result ended where the speaker went on.
    var isCut = false
    var interim = ""
    /// Whether a result has answered the first `Finalize` that waits.
    var hasFinalized = false
  }

  private let parameters: DeepgramParameters
  private let request: DeepgramRequest
  private let metadata: String
  private let channel: DeepgramChannel
  private var utterances = UtteranceTracker()
  private var owed = Deque<Owed>()
  private var told = Told()
  private var stretch = AudioStretch()
  /// Seconds of audio that were measured.
  private var seconds = 0.0
  private var hasAudio = false
  /// Nothing is read any more.
  private var hasEnded = false
  private var json = JSONObject()

  public static func serves(_ path: String) -> Bool { DeepgramUpload.owns(path) }

  public static func open(_ request: HTTPRequest, _ engines: EngineList) throws(Rejection) -> Opening {
    guard request.path == DeepgramRequest.path else { throw DeepgramRequest.otherProduct }
    let parameters: DeepgramParameters
    do throws(DeepgramProblem) {
      parameters = try DeepgramParameters(request.query, engines)
    } catch {
      throw DeepgramRequest.rejection(error)
    }
    if let problem = engines.problem(parameters.choice.engine) {
      throw rejection(.engineUnavailable(engine: parameters.choice.engine, reason: problem))
    }
    let model = engines.modelName(of: parameters.choice)
    var opening = Opening(request: parameters.request, subprotocol: request.agreedCredentialSubprotocol) {
      DeepgramDialect(
        parameters, DeepgramRequest($0, model: model, channels: parameters.request.format.channels), .all)
    }
    if parameters.separatesChannels, parameters.format?.channels != 1 {
      opening.channels = Opening.Channels(format: parameters.format) { identity, count in
        let request = DeepgramRequest(identity, model: model, channels: count)
        return DeepgramChannel.each(of: count).map { DeepgramDialect(parameters, request, $0) }
      }
    }
    opening.ignored = parameters.ignored
    opening.headers = { [DeepgramRequest.header(id: ServiceID.text(of: $0.text))] }
    return opening
  }

  private init(_ parameters: DeepgramParameters, _ request: DeepgramRequest, _ channel: DeepgramChannel) {
    (self.parameters, self.request, self.channel) = (parameters, request, channel)
    metadata = request.resultMetadata
  }

  public static func rejection(_ reason: RejectionReason) -> Rejection { DeepgramRequest.rejection(reason) }

  // MARK: From the client

  public mutating func receive(
    _ message: ClientMessage, _ engines: @autoclosure () -> EngineList, to output: any DialectOutput
  ) -> ClientEvent? {
    guard !hasEnded else { return nil }
    switch message {
    case .binary(let bytes) where bytes.isEmpty: return nil
    case .binary(let bytes):
      guard parameters.format == nil, !channel.isApart else { return .audio(bytes) }
      guard hasAudio || StreamProbe.mayBeFile(bytes) else {
        fail(1008, "DATA-0000 expected a file, or samples with encoding and sample_rate in the URL", output)
        return nil
      }
      hasAudio = true
      return .file(bytes)
    case .text(let text):
      do throws(DeepgramProblem) {
        return carryOut(try DeepgramCommand(text), output)
      } catch {
        fail(1008, "DATA-0000 \(error)", output)
        return nil
      }
    }
  }

  private mutating func carryOut(_ command: DeepgramCommand, _ output: any DialectOutput) -> ClientEvent? {
    switch command {
    case .keepAlive, .other: return nil
    case .configure:
      // One of them answers.
      guard channel.index == 0 else { return nil }
      json.reset()
      json.add("type", "ConfigureSuccess")
      json.add("request_id", request.id)
      send(output)
      return nil
    case .finalize:
      owed.append(.finalize)
      return .flush
    case .closeStream:
      owed.append(.close)
      hasEnded = true
      return .stop
    }
  }

  /// This protocol has no error messages that every client understands.
  private mutating func fail(_ code: Int, _ reason: String, _ output: any DialectOutput) {
    hasEnded = true
    output.close(code: code, reason: reason)
  }

  // MARK: To the client

  public mutating func write(_ event: StreamEvent, to output: any DialectOutput) {
    switch event {
    case .update(let update): tell(utterances.take(update), output)
    case .result(let measure, let text):
      stretch.add(measure)
      seconds = measure.start + measure.duration
      if let text { tell(utterances.take(text, of: measure), output) }
    case .heard(let seconds): if !utterances.isOpen { tellUtteranceEnd(silentUntil: seconds, output) }
    case .flushed(_, let last):
      let end = last.map { $0.start + $0.duration } ?? told.end
      flushed(owed.popFirst(), end, output)
    case .receipt(let receipt):
      if let all = channel.receipts.add(receipt, of: channel.index) { sendMetadata(StreamReceipt(of: all), output) }
    // The worker does not serve this stream at all.
    case .failed(_, .worker(let reason)): fail(1011, "NET-0000 \(reason)", output)
    case .failed: stretch.addDropped()
    case .notice(.wordsMissing(let seconds)): stretch.addMissing(seconds)
    case .closing(let reason): close(reason, output)
    case .started, .resumed, .accepted, .delayed, .notice, .settled, .left, .refused: break
    }
  }

  private mutating func tell(_ events: [UtteranceTracker.Event], _ output: any DialectOutput) {
    for event in events {
      switch event {
      case .began(let segment, let isContinued):
        tellUtteranceEnd(silentUntil: segment.start, output)
        if parameters.sendsSpeechStarts, !isContinued { sendSpeechStarted(segment.start, output) }
      case .partial(let segment, _): if parameters.sendsInterims { sendInterim(segment, output) }
      case .over: break
      case .final(let segment, let ending): tellFinal(segment, ending, output)
      }
    }
  }

  private mutating func sendInterim(_ segment: Segment, _ output: any DialectOutput) {
    guard segment.text != told.interim else { return }
    told.interim = segment.text
    sendResults(DeepgramWords(segment), until: segment.end, Marks(), output)
  }

  private mutating func tellFinal(
    _ segment: Segment, _ ending: TranscriptUpdate.Ending, _ output: any DialectOutput
  ) {
    told.interim = ""
    let words = DeepgramWords(segment)
    let isSpeechEnd = ending == .silence && parameters.endpointing != .off
    // Without words only if a client would wait for the end of what it was told.
    guard !words.isEmpty || isSpeechEnd && told.isCut else { return }
    told.isCut = ending == .length
    var marks = Marks(isFinal: true, isSpeechFinal: isSpeechEnd)
    if ending == .request, owed.first == .finalize, !told.hasFinalized {
      marks.isFinalized = true
      told.hasFinalized = true
    }
    sendResults(words, until: segment.end, marks, output)
    told.end = max(told.end, segment.end)
    if let end = words.end, parameters.utteranceEnd != nil { told.wordEnd = end }
  }

  /// Everything before a request is decoded.
  private mutating func flushed(_ request: Owed?, _ end: Double, _ output: any DialectOutput) {
    switch request {
    case .finalize:
      if !told.hasFinalized {
        sendResults(.none, until: end, Marks(isFinal: true, isFinalized: true), output)
        told.end = max(told.end, end)
      }
      told.hasFinalized = false
    case .close:
      guard end > told.end else { return }
      sendResults(.none, until: end, Marks(isFinal: true), output)
      told.end = end
    case nil: break
    }
  }

  private mutating func tellUtteranceEnd(silentUntil second: Double, _ output: any DialectOutput) {
    guard let end = told.wordEnd, let milliseconds = parameters.utteranceEnd,
      second - end >= Double(milliseconds) / 1000
    else { return }
    told.wordEnd = nil
    json.reset()
    json.add("type", "UtteranceEnd")
    json.add("channel", json: channel.json)
    json.add("last_word_end", end)
    send(output)
  }

  private mutating func close(_ reason: CloseReason, _ output: any DialectOutput) {
    switch reason {
    case .silent:
      output.close(
        code: 1011, reason: "NET-0001 expected audio or KeepAlive within 10 s")
    case .unsupported(_, let error): output.close(code: 1008, reason: "DATA-0000 \(error)")
    case .goingAway:
      if channel.receipts.end() { sendMetadata(nil, output) }
      output.close(code: reason.code, reason: reason.phrase)
    default: output.close(code: reason.code, reason: reason.phrase)
    }
  }

  // MARK: Messages

  private struct Marks {
    var isFinal = false
    /// Silence ended it.
    var isSpeechFinal = false
    /// It answers `Finalize`.
    var isFinalized = false
  }

  /// Sends what was said from the last final result on.
  private mutating func sendResults(
    _ words: DeepgramWords, until end: Double, _ marks: Marks, _ output: any DialectOutput
  ) {
    json.reset()
    json.add("type", "Results")
    json.add("channel_index", json: channel.json)
    json.add("duration", figure: Self.milliseconds(max(0, end - told.end)))
    json.add("start", figure: told.end)
    json.add("is_final", marks.isFinal)
    json.add("speech_final", marks.isSpeechFinal)
    json.add("from_finalize", marks.isFinalized)
    json.add("channel") { $0.add("alternatives", objects: 1) { words.add(to: &$1) } }
    json.add("metadata", json: metadata)
    stretch.told(in: &json)
    send(output)
  }

  private mutating func sendSpeechStarted(_ start: Double, _ output: any DialectOutput) {
    json.reset()
    json.add("type", "SpeechStarted")
    json.add("channel", json: channel.json)
    json.add("timestamp", start)
    send(output)
  }

  /// - Parameter receipt: nil if the server ends the stream.
  private mutating func sendMetadata(_ receipt: StreamReceipt?, _ output: any DialectOutput) {
    json.reset()
    json.add("type", "Metadata")
    json.add("transaction_key", "deprecated")
    json.add("request_id", request.id)
    json.add("sha256", receipt?.sha256 ?? "")
    json.add("created", request.openedAt)
    json.add("duration", receipt?.duration ?? seconds)
    json.add("channels", request.channels)
    if let receipt { json.add("audio_service", receipt.extras) }
    send(output)
  }

  private mutating func send(_ output: any DialectOutput) { json.withBytes { output.send(text: $0) } }

  private static func milliseconds(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }
}
