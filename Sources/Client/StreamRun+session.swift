import Audio
import Contract
import JSON
import Platform
import WebSocket

/// One session after another, until the recording is through.
extension StreamRun {
  /// The first session, or another with what the one before has not answered.
  func beginSession(because reason: String?) {
    if ledger.sentChunks > 0 { loseSession(because: reason) }
    screen.link = .connected
    awaitsSession = true
    connection?.send(text: Self.start([]))
  }

  func askFor(_ session: String) {
    screen.link = .resuming
    connection?.send(
      text: Self.start([
        .init(key: "resume", value: .string(session)),
        .init(key: "answered", value: .number(String(ledger.answeredThrough))),
      ]))
  }

  private static func start(_ members: [JSONValue.Member]) -> String {
    ControlMessage.start(.object([.init(key: "type", value: .string("start"))] + members)).text
  }

  /// The server has what was sent up to `seq`, and will answer it.
  func goOn(behind seq: Int) {
    let sent = ledger.sentChunks
    guard ledger.resume(behind: seq) else {
      connection?.drop()
      connection = nil
      return perform(
        conversation.contradicted(
          "the server has \(seq) chunks of the session, \(sent) were sent and \(ledger.answeredThrough) answered",
          at: now, jitter: .random(in: 0...1)))
    }
    spool.takeBack(behind: seq)
    screen.link = .connected
    note("connected again; the session goes on behind its chunk \(seq)")
    pump()
  }

  /// The connection has broken.
  func lost(_ reason: String, wait: Duration) {
    if ledger.sentChunks > 0 { account.breaks += 1 }
    isCatchingUp = ledger.sentChunks > 0
    awaitsSession = false
    hasFailedToConnect = true
    screen.link = .lost(reason: reason, spooled: spooledSeconds, seconds: wait.inSeconds)
    note("connection lost (\(reason)), \(spooledSeconds.fixed(1)) s spooled, trying again in \(wait.brief)")
  }

  /// Seconds of sound that have no answer.
  var spooledSeconds: Double { feed.format.seconds(frames: spool.keptBytes / feed.format.frameBytes) }

  /// Seconds of sound that are not sent, though they should be.
  var behindSeconds: Double {
    let left = setup.totalSeconds.map { max(0, $0 - feed.position) } ?? .infinity
    return feed.format.seconds(frames: spool.unsentBytes / feed.format.frameBytes) + min(left, feed.lag(at: now))
  }

  /// The server has not kept the session: what was answered in it stands, the rest is to be sent in another.
  private func loseSession(because reason: String?) {
    spool.takeBack(behind: 0)
    let why = reason.map { " (\($0))" } ?? ""
    note("a new session begins\(why); \(spooledSeconds.fixed(1)) s have no answer yet and go there")
    if !transcript.partial.isEmpty { note("cut short by that: \(TextCells.plain(transcript.partial))") }
    let answered = account.session
    if answered.chunks > 0 {
      output.record(
        record.text(
          StreamRecord.Figures(
            chunks: answered.chunks, bytes: answered.bytes, start: axis.start,
            seconds: feed.format.seconds(frames: answered.bytes / feed.format.frameBytes),
            answered: answered.chunks - answered.failed.count, failed: answered.failed,
            isComplete: answered.failed.isEmpty)))
    }
    account.lose(ledger)
    ledger = Ledger()
    transcript = Transcript()
    record = StreamRecord(kind: setup.kind, name: setup.name, format: feed.format)
    receipt = nil
    screen.caption = ""
    screen.latency = nil
  }

  /// A chunk has been answered, with a transcription or with an error.
  func answered(seq: Int, error: String? = nil) {
    guard let chunk = spool.answered(seq: seq) else { return }
    conversation.answered()
    guard let error else { return account.transcribe(bytes: chunk.bytes) }
    // The first is told at once, the others in the end: ten a second would bury everything else.
    if account.failed.isEmpty { note("server: seq \(chunk.number): \(error)") }
    account.fail(number: chunk.number, bytes: chunk.bytes, error: error)
  }
}
