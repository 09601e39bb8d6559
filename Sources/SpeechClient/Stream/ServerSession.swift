import Contract
import JSON

/// One session with a server as the client sees it: what was sent, what was answered, and the texts.
struct ServerSession {
  private(set) var ledger = Ledger()
  private(set) var timeline: TimelineMap
  private(set) var transcript = Transcript()
  private(set) var receipt: Receipt?
  /// Time from sending the last answered chunk to its answer.
  private(set) var latency: Duration?
  /// What a new session would not need, as far as the server has reported it.
  private(set) var settled: SettledMessage
  /// Chunks of it that another session had answered, or this one before it was resumed.
  private(set) var resent = SeqRanges()
  /// For `--output json`.
  private var record: StreamRecord?
  private var isAwaitingName = false
  private var isNamed = false
  private var stops = 0

  /// - Parameters:
  ///   - start: second of the recording at which the session begins.
  ///   - settled: what earlier sessions have settled of its first chunk.
  init(record: StreamRecord?, start: Double = 0, settled: SettledMessage = SettledMessage(seq: 0)) {
    self.record = record
    self.settled = settled
    timeline = TimelineMap(start: start)
  }

  /// The session that follows when the server has not kept this one.
  func successor(start: Double, settled: SettledMessage) -> ServerSession {
    ServerSession(record: record, start: start, settled: settled)
  }

  var hasSent: Bool { ledger.sentChunks > 0 }
  var isExpecting: Bool { ledger.openChunks > 0 }
  /// The server has given it a name, or an answer.
  var hasBegun: Bool { isNamed || ledger.transcribedChunks > 0 || ledger.failed.count > 0 }

  // MARK: - Messages to the server

  /// Asks for a session. Servers that know updates push texts from then on; others ignore the member.
  mutating func start() -> String {
    isAwaitingName = true
    return Self.start(settled.startMembers)
  }

  /// Asks for the session of this name again, with what this client has of it.
  func resume(_ name: String) -> String {
    Self.start([
      .init(key: "resume", value: .string(name)),
      .init(key: "answered", value: .number(String(ledger.answeredThrough))),
      .init(key: "segment", value: .number(String(transcript.lastSegment))),
    ])
  }

  mutating func stop() -> String {
    stops += 1
    return ControlMessage.stop.text
  }

  private static func start(_ members: [JSONValue.Member]) -> String {
    let fixed = [
      JSONValue.Member(key: "type", value: .string("start")), JSONValue.Member(key: "updates", value: .bool(true)),
    ]
    return ControlMessage.start(.object(fixed + members)).text
  }

  // MARK: - Audio

  /// A chunk is sent.
  /// - Parameters:
  ///   - from, shift: see `TimelineMap.sends`.
  ///   - isResent: it was answered before.
  mutating func send(bytes: Int, from: Double, shift: Double, isResent: Bool, at now: Duration) {
    timeline.sends(from: from, shift: shift)
    let seq = ledger.send(bytes: bytes, at: now)
    if isResent { resent.insert(seq) }
  }

  /// - Returns: false if the server's count contradicts the ledger.
  mutating func resume(after seq: Int) -> Bool { ledger.resume(after: seq) }

  /// So much is not needed any more.
  mutating func settle(_ settled: SettledMessage) {
    self.settled = settled
    ledger.settle(through: settled.seq)
  }

  mutating func connectionLost() { isAwaitingName = false }

  // MARK: - Messages from the server

  mutating func named() {
    isAwaitingName = false
    isNamed = true
  }

  mutating func keep(_ value: JSONValue, as reply: Reply) { record?.take(value, as: reply) }

  mutating func accept(seq: Int, chunkBytes: Int) { ledger.accept(seq: seq, chunkBytes: chunkBytes) }

  /// - Returns: whether this is the chunk's first answer.
  mutating func transcribe(seq: Int, at now: Duration) -> Bool {
    let answer = ledger.transcribe(seq: seq, at: now)
    if case .first(let latency) = answer { self.latency = latency }
    return answer.isNew
  }

  /// - Returns: whether this is the chunk's first answer.
  mutating func fail(seq: Int, error: String, at now: Duration) -> Bool {
    ledger.fail(seq: seq, error: error, at: now).isNew
  }

  mutating func finish(with receipt: Receipt) { self.receipt = receipt }

  /// - Returns: the texts that became final, at their place in the recording.
  mutating func take(_ text: Reply.Text) -> [Caption] { placed(transcript.take(text)) }
  mutating func take(_ update: Reply.Update) -> [Caption] { placed(transcript.take(update)) }

  private func placed(_ change: Transcript.Change) -> [Caption] {
    guard case .finals(let captions) = change else { return [] }
    return captions.map(timeline.place)
  }

  /// Whether an error without a code is no news: a server that knows no sessions refuses `start`, and one that got the
  /// first `stop` after all refuses the second.
  mutating func expectsRefusal(isStopping: Bool) -> Bool {
    guard isAwaitingName || (stops > 1 && isStopping) else { return false }
    isAwaitingName = false
    return true
  }

  // MARK: - The record

  mutating func mark(_ mark: StreamRecord.Mark) { record?.mark(mark) }

  /// The session is over, as far as its record goes.
  /// - Parameter isContinued: another session says the words that did not become final.
  mutating func endRecord(_ figures: StreamRecord.Figures, isContinued: Bool) {
    record?.endSession(figures, timeline: timeline, isContinued: isContinued)
  }

  /// The object for `--output json`, if one is kept.
  func record(_ outcome: StreamRecord.Outcome) -> String? { record?.text(outcome) }
}
