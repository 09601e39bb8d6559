import Capture
import Contract
import JSON
import Platform
import WebSocket

extension StreamRun: WebSocketClientDelegate {
  func opened(_ connection: ClientConnection) {
    if hasFailedToConnect, conversation.session == nil { note("connected to \(setup.place)") }
    hasFailedToConnect = false
    screen.link = .connected
    perform(conversation.opened(at: now))
    onOpened?()
    pump()
  }

  func failed(_ connection: ClientConnection, error: WebSocketError) {
    defer { stage.letGo(connection) }
    guard connection === self.connection else { return }
    self.connection = nil
    let refusal = Refusal(connection.refusal)
    let reason = error.words(place: setup.place, refusal: refusal)
    let step = conversation.failed(
      reason,
      // A recording under way waits for the engine all the same.
      isPermanent: error.isPermanent || (refusal?.isPermanent == true && firstSentAt == nil),
      retryAfter: error.retryAfter, at: now, jitter: .random(in: 0...1))
    if case .wait(let wait) = step {
      // On a terminal the block counts down; elsewhere every attempt is a line.
      let spooled = ledger.sentChunks > 0 || feed.isLive ? "\(spooledSeconds.fixed(1)) s spooled, " : ""
      if !hasFailedToConnect || !stage.console.isLive { note("\(reason); \(spooled)trying again in \(wait.brief)") }
      hasFailedToConnect = true
      screen.link =
        ledger.sentChunks > 0
        ? .lost(reason: reason, spooled: spooledSeconds, seconds: wait.inSeconds)
        : .waiting(reason: reason, seconds: wait.inSeconds)
    }
    perform(step)
  }

  func closed(_ connection: ClientConnection, code: Int?, reason: String) {
    defer { stage.letGo(connection) }
    guard connection === self.connection else { return }
    self.connection = nil
    perform(
      conversation.closed(
        CloseReason.text(code: code, reason: reason), code: code, hasSent: ledger.sentChunks > 0,
        isExpecting: ledger.openChunks > 0, at: now, jitter: .random(in: 0...1)))
  }

  func drained(_ connection: ClientConnection) { pump() }

  func received(_ connection: ClientConnection, text: UnsafeRawBufferPointer) {
    guard connection === self.connection else { return }
    conversation.heard(at: now)
    output.message(text)
    if case .accepted(let seq, let size) = QuickReply(scanning: text) {
      return ledger.accept(seq: seq, chunkBytes: size)
    }
    guard let value = try? JSONValue(parsing: text) else {
      return note("the server sent something that is no JSON: \(String(decoding: text, as: UTF8.self).shortened)")
    }
    let reply = Reply(value)
    if output.kind == .json { record.take(value, as: reply) }
    switch reply {
    case .started(let session, let seq):
      awaitsSession = false
      perform(conversation.started(session: session, seq: seq, at: now))
    case .accepted(let seq, let size): ledger.accept(seq: seq, chunkBytes: size)
    case .transcription(let text): transcribed(text)
    case .failure(let error, let code, let seq): failed(error, code: code, seq: seq)
    case .summary(let receipt):
      self.receipt = receipt
      conversation.receiptCame()
    case .flushed, .other: break
    }
    if conversation.isOpen { pump() }
  }

  private func transcribed(_ reply: Reply.Text) {
    let answer = ledger.transcribe(seq: reply.seq, at: now)
    if case .first(let latency) = answer { screen.latency = latency }
    if answer != .again, answer != .unknown { answered(seq: reply.seq) }
    switch transcript.take(reply) {
    case .finals(let captions):
      output.finals(captions.map(axis.place))
      screen.caption = output.showsTexts ? "" : TextCells.plain(captions.last?.text ?? "")
      screen.isCaptionFinal = true
    case .partial:
      screen.caption = TextCells.plain(transcript.partial)
      screen.isCaptionFinal = false
    case .nothing: break
    }
  }

  private func failed(_ error: String, code: String?, seq: Int?) {
    if let seq {
      let answer = ledger.fail(seq: seq, error: error, at: now)
      if answer != .again, answer != .unknown { answered(seq: seq, error: error) }
      return
    }
    if code == nil, conversation.isResuming { return perform(conversation.refused(error, at: now)) }
    // A server that knows no sessions says so, and one that got the first `stop` after all: neither is news.
    if code == nil, awaitsSession || (stops > 1 && conversation.isStopping) {
      awaitsSession = false
      return
    }
    // One that ends says the same of every chunk that comes too late.
    guard error != toldError else { return }
    toldError = error
    note("server: \(error)" + (code.map { " (\($0))" } ?? ""))
  }
}

extension WebSocketError {
  /// The server is there and will say the same again.
  var isPermanent: Bool {
    switch self {
    case .badURL, .library, .untrusted, .badCertificate: true
    case .refused(let status, _): (400..<500).contains(status) && status != 408 && status != 429
    case .portInUse, .cannotListen, .unreachable, .timedOut: false
    }
  }

  /// What came of the attempt to reach the server at `place`.
  func words(place: String) -> String {
    switch self {
    case .unreachable(let reason): "no server at \(place): \(reason)"
    case .timedOut: "no server at \(place): no answer in time"
    case .refused: "the server at \(place) \(self)"
    case .untrusted(let reason): "the certificate of the server at \(place) is not trusted: \(reason)"
    case .badURL, .portInUse, .cannotListen, .library, .badCertificate: "\(self)"
    }
  }

  var retryAfter: Duration? {
    guard case .refused(_, let seconds?) = self else { return nil }
    return .seconds(seconds)
  }
}

/// Close codes in words, RFC 6455 section 7.4.1 and the contract's own.
enum CloseReason {
  static func text(code: Int?, reason: String) -> String {
    guard let code else { return "cut without a word" }
    let meaning =
      switch code {
      case 1000: "normal"
      case 1001: "going away"
      case 1003: "unsupported data"
      case 1005: "no code given"
      case 1007: "invalid text"
      case 1008: "against the server's policy"
      case 1009: "message too big"
      case 1011: "internal error"
      case 1013: "try again later"
      default: "code \(code)"
      }
    return "closed by the server with \(code) (\(meaning))" + (reason.isEmpty ? "" : ": \(TextCells.plain(reason))")
  }
}
