import Audio
import Capture
import Contract
import IO
import WebSocket

/// One recording on its way to a server: feeds a connection, keeps the account, shows both.
///
/// The values decide (`Conversation`, `Spool`, `Ledger`, `Transcript`, the feed's pacer); this class does what they say.
final class StreamRun {
  struct Setup {
    /// Where to, with the format in its query.
    var url: WebSocketURL
    /// The same as the user knows it.
    var place: String
    var policy: Conversation.Policy
    var output: StreamOutput
    /// The engine asked for.
    var engine: String?
    /// `file` or `device`.
    var kind: StaticString
    /// Path or device name.
    var name: String
    /// What stands before each line about it; left out: the name.
    var title: String?
    /// Seconds of sound there are, if that is known.
    var totalSeconds: Double?
    /// For the screen: what the sound is and becomes.
    var source: String
    /// Bytes of unanswered sound that may lie on disk.
    var spoolBytes = 1 << 30
    /// The only stream there is: the terminal's block is its own.
    var isAlone = true
  }

  /// What came of it.
  struct Outcome {
    var status: ExitStatus
    /// The user wants no more, or there is no server: nothing else is to be tried.
    var endsAll: Bool
  }

  let stage: Stage
  let setup: Setup
  let feed: any Feed
  var conversation: Conversation
  var connection: ClientConnection?
  /// All sound that has no answer yet.
  var spool: Spool
  /// What became of the recording, and of the session under way.
  var account = Account()
  var ledger = Ledger()
  var transcript = Transcript()
  var record: StreamRecord
  var receipt: Receipt?
  var log: RecordingLog
  var meter = Meter()
  var screen = StreamScreen()
  var status = ExitStatus.done
  var wasInterrupted = false
  var toldGivenUp = 0.0
  var toldError = ""
  var toldSpoolFailure = false
  var hasFailedToConnect = false
  /// The server has been asked what it calls the session.
  var awaitsSession = false
  /// Times `stop` was sent.
  var stops = 0
  /// The connection was lost, and what has gathered meanwhile is still on its way.
  var isCatchingUp = false
  private var isInputCut = false
  var retryAt: Duration?
  var firstSentAt: Duration?
  /// Where in the whole recording this session's moments lie.
  var axis = TimeAxis()
  var loggedAt: Duration
  private var ticker: LoopTimer?
  private var dueTimer: LoopTimer?
  /// A server takes what is sent.
  var onOpened: (() -> Void)?
  private let done: (Outcome) -> Void

  init(stage: Stage, feed: any Feed, setup: Setup, done: @escaping (Outcome) -> Void) {
    self.stage = stage
    self.feed = feed
    self.setup = setup
    self.done = done
    conversation = Conversation(policy: setup.policy)
    spool = Spool(chunkBytes: feed.chunkBytes, fileBytes: setup.spoolBytes)
    record = StreamRecord(kind: setup.kind, name: setup.name, format: feed.format)
    log = RecordingLog(sampleRate: feed.format.sampleRate)
    loggedAt = stage.loop.now
    screen.glyphs = stage.console.traits.glyphs
    screen.source = setup.source
    feed.onLevels = { [unowned self] levels, seconds in
      self.meter.take(levels, seconds: seconds, at: self.stage.loop.now)
    }
    feed.onEvent = { [unowned self] in self.happened($0) }
  }

  var now: Duration { stage.loop.now }
  var output: StreamOutput { setup.output }

  func begin() {
    // Twenty pictures a second look like movement; without a terminal only the clock is looked at.
    let every = Duration.milliseconds(stage.console.isLive ? 50 : 250)
    ticker = stage.loop.after(every, repeating: every) { [unowned self] in self.tick() }
    output.begin(title: setup.isAlone ? nil : setup.name)
    perform(conversation.begin(at: now))
  }

  func perform(_ step: Conversation.Step) {
    switch step {
    case .nothing: break
    case .connect:
      retryAt = nil
      screen.link = .connecting
      connection = stage.connect(to: setup.url, delegate: self)
    case .wait(let wait): wake(after: wait)
    case .start: beginSession(because: nil)
    case .resume(let session): askFor(session)
    case .goOn(let seq): goOn(behind: seq)
    case .startOver(let reason):
      beginSession(because: reason)
      pump()
    case .sendStop:
      screen.link = .stopping
      stops += 1
      connection?.send(text: ControlMessage.stop.text)
    case .endInput:
      feed.stop()
      pump()
      // A device that hangs must not keep the user: what has come by then is all.
      stage.loop.after(.seconds(2)) { [weak self] in
        self?.isInputCut = true
        self?.pump()
      }
    case .renew(let reason, let wait):
      connection?.drop()
      connection = nil
      lost(reason, wait: wait)
      wake(after: wait)
    case .finish(let ending): finish(ending)
    }
  }

  private func wake(after wait: Duration) {
    retryAt = now + wait
    stage.loop.after(wait) { [weak self] in
      guard let self else { return }
      self.perform(self.conversation.waited())
    }
  }

  /// Takes in what has been recorded, and sends what is due.
  func pump() {
    while feed.isLive, !isInputCut, case .chunk = feed.next(openChunks: 0, unsentBytes: 0, at: now) {
      spool.append(feed.chunk)
    }
    tellGivenUp()
    while conversation.isOpen, !output.isFull, let connection {
      if spool.hasUnsent {
        guard ledger.openChunks < feed.openChunks, connection.unsentBytes < Pacer.unsentBytes else { return }
        send(over: connection)
        continue
      }
      if isInputCut { return perform(conversation.inputEnded(at: now)) }
      guard feed.isLive || spool.hasRoom(bytes: feed.chunkBytes) else { return }
      switch feed.next(openChunks: ledger.openChunks, unsentBytes: connection.unsentBytes, at: now) {
      case .chunk: spool.append(feed.chunk)
      case .notBefore(let due):
        dueTimer?.cancel()
        dueTimer = stage.loop.after(max(.zero, due - now)) { [weak self] in self?.pump() }
        return
      case .later: return
      case .end: return perform(conversation.inputEnded(at: now))
      }
    }
  }

  private func send(over connection: ClientConnection) {
    guard let chunk = spool.send(as: ledger.sentChunks + 1) else { return }
    if firstSentAt == nil { firstSentAt = now }
    let frameBytes = feed.format.frameBytes
    axis.sends(
      from: feed.format.seconds(frames: ledger.sentBytes / frameBytes),
      shift: feed.format.seconds(frames: (chunk.offset - ledger.sentBytes) / frameBytes))
    ledger.send(bytes: chunk.bytes.count, at: now)
    chunk.bytes.withUnsafeBytes { connection.send(binary: $0) }
  }

  /// Ctrl-C. The first ends the sound, the second everything.
  func interrupt() {
    wasInterrupted = true
    let step = conversation.interrupted(at: now)
    if step == .endInput || conversation.isStopping {
      let rest = conversation.isOpen || conversation.isStopping ? "" : "looking for the server a little longer, "
      note("stopping; \(rest)once more ends at once")
    }
    perform(step)
  }

  private func tick() {
    perform(conversation.tick(isExpecting: ledger.openChunks > 0, at: now, jitter: .random(in: 0...1)))
    guard !conversation.isOver else { return }
    pump()
    show()
  }

  private func finish(_ ending: Conversation.Ending) {
    ticker?.cancel()
    dueTimer?.cancel()
    feed.onLevels = nil
    feed.onEvent = nil
    feed.stop()
    connection?.drop()
    connection = nil
    if setup.isAlone { stage.console.clear() }
    settle(ending)
    output.finish()
    if let failure = output.failure {
      stage.console.note("results are lost: \(failure)")
      status = status.and(.incomplete)
    }
    if let failure = log.failure {
      stage.console.note("\(failure)")
      status = status.and(feed.isLive ? .device : .incomplete)
    }
    if log.isTruncated { status = status.and(.incomplete) }
    var endsAll = wasInterrupted
    switch ending {
    case .unreachable, .gaveUp: endsAll = true
    case .complete, .broken, .silent, .abandoned: break
    }
    done(Outcome(status: status, endsAll: endsAll))
  }
}
