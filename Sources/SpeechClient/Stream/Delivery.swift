import Audio
import Contract
import JSON

/// The audio of one recording on its way: what is still to be sent, what was sent in the session under way, and what
/// became of each chunk.
struct Delivery {
  private let format: AudioFormat
  /// All audio that has no answer yet.
  private var spool: Spool
  private(set) var session: ServerSession
  private var account = Account()
  /// When the first chunk was sent.
  private(set) var sendingSince: Duration?

  init(format: AudioFormat, spool: Spool, record: StreamRecord?) {
    self.format = format
    self.spool = spool
    session = ServerSession(record: record)
  }

  private func seconds(_ bytes: Int) -> Double { format.seconds(frames: bytes / format.frameBytes) }

  /// Seconds of audio without an answer, of those not sent, and of audio that was dropped.
  var keptSeconds: Double { seconds(spool.keptBytes) }
  var unsentSeconds: Double { seconds(spool.unsentBytes) }
  /// Seconds of audio that the server has not acknowledged.
  var unacceptedSeconds: Double { seconds(spool.unsentBytes + session.ledger.unacceptedBytes) }
  /// Bytes that a server has.
  var acceptedBytes: Int { spool.bytes - spool.droppedBytes - spool.unsentBytes - session.ledger.unacceptedBytes }
  var droppedSeconds: Double { seconds(spool.droppedBytes) }
  /// Up to here every chunk has its answer.
  var answeredSeconds: Double { seconds(spool.firstOpenOffset ?? spool.bytes) }
  /// Seconds of audio that is answered and not settled.
  var unsettledSeconds: Double { seconds(spool.answeredBytes) }
  var hasAudio: Bool { spool.chunks > 0 }
  var hasUnsent: Bool { spool.hasUnsent }
  /// Tries to keep audio on disk: see `diskFailure`.
  func prepareDisk() { spool.prepare() }
  /// Why audio cannot be kept on disk, if so.
  var diskFailure: String? { spool.failure }
  /// Chunks sent and unanswered.
  var openChunks: Int { session.ledger.openChunks }
  var answeredChunks: Int { account.transcribed + account.failed.count }
  var sentChunks: Int { answeredChunks + openChunks + session.ledger.overtaken.count }
  var partial: String { session.transcript.partial }
  var stableWords: Int { session.transcript.stableWords }

  // MARK: - Audio

  /// The recording's next chunk.
  mutating func append(_ chunk: [UInt8]) { spool.append(chunk) }

  /// Frames of the recording that were never heard, such as those while the device was unplugged.
  mutating func skip(frames: Int) { spool.skip(bytes: frames * format.frameBytes) }

  /// A place in the recording, in seconds.
  mutating func mark(_ mark: StreamRecord.Mark) { session.mark(mark) }

  /// The audio that no server took, from the oldest on; it is forgotten.
  mutating func takeUnanswered(_ body: ([UInt8]) -> Void) { spool.takeAll(body) }

  func hasRoom(bytes: Int) -> Bool { spool.hasRoom(bytes: bytes) }

  /// The next chunk to send. Nil if there is none, or if the disk has lost it.
  mutating func send(at now: Duration) -> [UInt8]? {
    let before = session.ledger.sentBytes
    guard let chunk = spool.send(as: session.ledger.sentChunks + 1) else { return nil }
    if sendingSince == nil { sendingSince = now }
    session.send(
      bytes: chunk.bytes.count, from: seconds(before), shift: seconds(chunk.offset - before), isResent: chunk.isResent,
      at: now)
    return chunk.bytes
  }

  // MARK: - Sessions

  mutating func start() -> String { session.start() }
  func resume(_ name: String) -> String { session.resume(name) }
  mutating func stop() -> String { session.stop() }
  mutating func named() { session.named() }
  mutating func expectsRefusal(isStopping: Bool) -> Bool { session.expectsRefusal(isStopping: isStopping) }

  mutating func connectionBroke() {
    if session.hasSent { account.connectionBroke() }
    session.connectionLost()
  }

  /// The server has the chunks up to `seq`: the others are unsent again.
  /// - Returns: nil if it worked, else how the server's count contradicts this one.
  mutating func resumed(after seq: Int) -> String? {
    let (sent, answered) = (session.ledger.sentChunks, session.ledger.answeredThrough)
    guard session.resume(after: seq) else {
      return "the server has \(seq) chunks of the session, \(sent) were sent and \(answered) answered"
    }
    account.takeBack(spool.takeBack(after: seq))
    return nil
  }

  /// The server has not kept the session. What it answered stands if it is settled, the rest is unsent again.
  mutating func replaceSession() {
    let isContinued = spool.answeredBytes > 0
    var settled = session.settled
    // A limit may have removed what comes next.
    if spool.firstSeq ?? session.ledger.sentChunks + 1 != settled.seq + 1 { settled = SettledMessage(seq: 0) }
    settled.seq = 0
    account.takeBack(spool.takeBack(after: 0))
    let answered = account.session
    session.endRecord(
      StreamRecord.Figures(
        chunks: answered.chunks, bytes: answered.bytes, seconds: seconds(answered.bytes),
        answered: answered.chunks - answered.failed.count, resent: session.resent.count),
      isContinued: isContinued)
    account.lose(session.ledger)
    session = session.successor(start: seconds(spool.firstOffset ?? spool.bytes), settled: settled)
  }

  // MARK: - Answers

  mutating func keep(_ value: JSONValue, as reply: Reply) { session.keep(value, as: reply) }
  mutating func accept(seq: Int, chunkBytes: Int) { session.accept(seq: seq, chunkBytes: chunkBytes) }
  mutating func take(_ text: Reply.Text) -> [Caption] { session.take(text) }
  mutating func take(_ update: Reply.Update) -> [Caption] { session.take(update) }
  mutating func finish(with receipt: Receipt) { session.finish(with: receipt) }

  /// - Parameter keeps: whether the chunk is needed until it is settled.
  /// - Returns: whether this is the chunk's first answer.
  mutating func transcribe(seq: Int, keeps: Bool, at now: Duration) -> Bool {
    guard session.transcribe(seq: seq, at: now), let chunk = spool.answered(seq: seq, keeps: keeps) else {
      return false
    }
    account.transcribe(bytes: chunk.bytes)
    return true
  }

  /// No new session would need so much.
  mutating func settle(_ settled: SettledMessage) {
    session.settle(settled)
    spool.settle(through: settled.seq)
  }

  /// Whether a message is about a chunk that was answered before it was sent again.
  func isRepeat(_ message: UnsafeRawBufferPointer) -> Bool {
    guard !session.resent.isEmpty, let seq = (try? JSONValue(parsing: message))?["seq"]?.integer else { return false }
    return session.resent.contains(seq)
  }

  /// - Returns: the chunk's number in the recording, and whether it is the first that failed. Nil if it was answered
  /// before.
  mutating func fail(seq: Int, error: String, at now: Duration) -> (number: Int, isFirst: Bool)? {
    guard session.fail(seq: seq, error: error, at: now), let chunk = spool.answered(seq: seq) else { return nil }
    let isFirst = account.failed.isEmpty
    account.fail(number: chunk.number, bytes: chunk.bytes, error: error)
    return (chunk.number, isFirst)
  }

  // MARK: - The end

  var verdict: Verdict {
    account.verdict(
      spool: spool, ledger: session.ledger, receipt: session.receipt, seconds: seconds(session.ledger.sentBytes))
  }

  /// The object of the recording, if one is written.
  mutating func record(isComplete: Bool, troubles: [String], error: String?) -> String? {
    var missing = spool.open
    for range in spool.waiting.ranges + spool.dropped.ranges { for number in range { missing.insert(number) } }
    let ledger = session.ledger
    session.endRecord(
      StreamRecord.Figures(
        chunks: ledger.sentChunks, bytes: ledger.sentBytes, seconds: seconds(ledger.sentBytes),
        answered: ledger.transcribedChunks, resent: session.resent.count),
      isContinued: false)
    return session.record(
      StreamRecord.Outcome(
        missing: missing, failed: account.failed, resent: account.resent, isComplete: isComplete, troubles: troubles,
        error: error))
  }
}
