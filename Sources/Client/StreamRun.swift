import Capture
import WebSocket
import Wire

/// One recording on its way to a server: feeds a connection, keeps the account, shows both.
///
/// The values decide (`Conversation`, `Ledger`, `Transcript`, the feed's pacer); this class does what they say.
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
    /// Seconds of sound there are, if that is known.
    var totalSeconds: Double?
    /// For the screen: what the sound is and becomes.
    var source: String
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
  var ledger = Ledger()
  var transcript = Transcript()
  var record: StreamRecord
  var receipt: Receipt?
  var log: RecordingLog
  var meter = Meter()
  var screen = StreamScreen()
  var status = ExitStatus.done
  var wasInterrupted = false
  var toldDropped = 0.0
  var hasFailedToConnect = false
  var retryAt: Duration?
  var firstSentAt: Duration?
  /// Seconds of sound sent in the sessions before this one.
  var sentBefore = 0.0
  /// Where in the whole recording this session's moments lie.
  var axis = TimeAxis()
  var loggedAt: Duration
  private var ticker: LoopTimer?
  private var dueTimer: LoopTimer?
  /// A server takes what is sent.
  var onOpened: (() -> Void)?
  let inquiry: EngineInquiry
  private let done: (Outcome) -> Void

  init(stage: Stage, feed: any Feed, setup: Setup, done: @escaping (Outcome) -> Void) {
    self.stage = stage
    self.feed = feed
    self.setup = setup
    self.done = done
    conversation = Conversation(policy: setup.policy)
    inquiry = EngineInquiry(stage: stage, url: setup.url, engine: setup.engine)
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
    perform(conversation.begin())
  }

  func perform(_ step: Conversation.Step) {
    switch step {
    case .nothing: break
    case .connect:
      retryAt = nil
      screen.link = .connecting
      connection = stage.connect(to: setup.url, delegate: self)
    case .wait(let wait): wake(after: wait)
    case .sendStop:
      screen.link = .stopping
      connection?.send(text: ControlMessage.stop.text)
    case .endInput:
      feed.stop()
      pump()
      // A device that hangs must not keep the user: what has come by then is all.
      stage.loop.after(.seconds(2)) { [weak self] in
        guard let self, self.conversation.isOpen else { return }
        self.perform(self.conversation.inputEnded(at: self.now))
      }
    case .renew(let reason, let wait):
      note("the connection broke: \(reason)")
      connection?.drop()
      connection = nil
      settle(ending: .broken(reason))
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

  /// Sends what is due.
  func pump() {
    feed.drain()
    tellDropped()
    while conversation.isOpen, !output.isFull, let connection {
      switch feed.next(openChunks: ledger.openChunks, unsentBytes: connection.unsentBytes, at: now) {
      case .chunk:
        if firstSentAt == nil { firstSentAt = now }
        axis.sends(
          from: feed.format.seconds(frames: ledger.sentBytes / feed.format.frameBytes),
          shift: sentBefore + feed.droppedSeconds)
        ledger.send(bytes: feed.chunk.count, at: now)
        feed.chunk.withUnsafeBytes { connection.send(binary: $0) }
      case .notBefore(let due):
        dueTimer?.cancel()
        dueTimer = stage.loop.after(max(.zero, due - now)) { [weak self] in self?.pump() }
        return
      case .later: return
      case .end: return perform(conversation.inputEnded(at: now))
      }
    }
  }

  /// Ctrl-C. The first ends the sound, the second everything.
  func interrupt() {
    wasInterrupted = true
    let step = conversation.interrupted()
    if step == .endInput || conversation.isStopping { note("stopping; once more ends at once") }
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
    settle(ending: ending)
    output.finish()
    if let failure = output.failure {
      stage.console.note("results are lost: \(failure)")
      status = status.and(.incomplete)
    }
    if let failure = log.failure {
      stage.console.note("\(failure)")
      status = status.and(setup.policy.resumes ? .device : .incomplete)
    }
    if log.isTruncated { status = status.and(.incomplete) }
    var endsAll = wasInterrupted
    if case .unreachable = ending { endsAll = true }
    done(Outcome(status: status, endsAll: endsAll))
  }
}
