import Audio
import Capture
import IO
import Web

/// One recording on its way to a server: carries out what `StreamCourse` decides.
final class StreamRun {
  struct Setup {
    /// The server's address, with the format in its query.
    var url: WebSocketURL
    /// The address as the user knows it.
    var place: String
    var policy: ConnectionMachine.Policy
    var output: StreamOutput
    /// Begins each line about the stream. Without it: the name.
    var title: String?
    /// Seconds of audio, if known.
    var totalSeconds: Double?
    /// The audio is sent in real time.
    var isPaced = false
    /// For the screen: the format that is sent.
    var source: String
    /// Bytes of unanswered audio that may be kept on disk.
    var spoolBytes = 1 << 30
    /// It is the only stream, so the terminal's block is its own.
    var isAlone = true
  }

  /// How long a source may take to stop.
  private static let stopTimeout = Duration.seconds(2)

  private let runtime: ClientRuntime
  private let setup: Setup
  private let source: any ChunkSource
  private var course: StreamCourse
  private var display: StreamDisplay
  private var connection: ClientConnection?
  private var ticker: LoopTimer?
  private var dueTimer: LoopTimer?
  private var onOpened: (() -> Void)?
  /// Shown below the block.
  var keys = KeyState()
  private let done: (StreamCourse.Outcome) -> Void

  /// - Parameters:
  ///   - onOpened: a connection to the server is open.
  ///   - done: the stream is over.
  init(
    runtime: ClientRuntime, source: any ChunkSource, setup: Setup, onOpened: (() -> Void)? = nil,
    done: @escaping (StreamCourse.Outcome) -> Void
  ) {
    self.runtime = runtime
    self.source = source
    self.setup = setup
    self.onOpened = onOpened
    self.done = done
    let console = runtime.console
    let name = setup.output.source.name
    course = StreamCourse(
      StreamCourse.Setup(
        policy: setup.policy, format: source.format, place: setup.place, totalSeconds: setup.totalSeconds,
        isPaced: setup.isPaced, reportsEveryAttempt: console.isLog),
      spool: Spool(
        chunkBytes: source.chunkBytes, fileBytes: setup.spoolBytes,
        answeredLimit: min(
          Spool.answeredLimitBytes, Spool.answeredSeconds * source.format.sampleRate * source.format.frameBytes)),
      record: setup.output.kind == .json
        ? StreamRecord(kind: setup.output.source.kind, name: name, format: source.format) : nil)
    display = StreamDisplay(
      name: name, source: setup.source, isFile: !setup.policy.isLive, totalSeconds: setup.totalSeconds,
      glyphs: console.traits.glyphs, at: runtime.loop.now)
    source.onLevels = { [unowned self] levels, seconds in
      display.take(levels, seconds: seconds, at: now)
      perform(course.heard(levels, seconds: seconds))
    }
    source.onEvent = { [unowned self] in perform(course.happened($0)) }
  }

  private var now: Duration { runtime.loop.now }
  private var jitter: Double { .random(in: 0...1) }
  private var title: String { setup.title ?? setup.output.source.name }

  func begin() {
    // Twenty pictures a second look like movement. Without a terminal only the clock matters.
    let interval = Duration.milliseconds(runtime.console.isLog ? 250 : 50)
    ticker = runtime.loop.after(interval, repeating: interval) { [unowned self] in tick() }
    setup.output.begin()
    perform(course.begin(at: now))
  }

  /// Ctrl-C. The first one ends the audio, the second everything.
  func interrupt() { perform(course.interrupted(at: now)) }

  private func tick() {
    perform(course.tick(at: now, jitter: jitter))
    if !course.isOver { show() }
  }

  private func perform(_ actions: [StreamCourse.Action]) {
    for action in actions { perform(action) }
  }

  private func perform(_ action: StreamCourse.Action) {
    switch action {
    case .connect: connection = runtime.connect(to: course.isReturning ? returnURL : setup.url, delegate: self)
    case .disconnect: disconnect()
    case .retry(let wait):
      runtime.loop.after(wait) { [weak self] in
        guard let self else { return }
        perform(course.retryDue(at: now))
      }
    case .send(let text): connection?.send(text: text)
    case .sendAudio: sendAudio()
    case .stopInput: stopInput()
    case .report(let text): runtime.console.note("\(title): \(text)")
    case .inform(let text): runtime.console.inform("\(title): \(text)")
    case .reportFailure(let error): runtime.console.note("\(error)")
    case .write(let captions): setup.output.finals(captions)
    case .writeRecord(let text): setup.output.record(text)
    case .close: close()
    case .finish(let outcome): finish(outcome)
    }
  }

  /// A server that takes no new streams takes those that it knows.
  private var returnURL: WebSocketURL { setup.url.appending(query: "resume", "true") }

  private func disconnect() {
    connection?.drop()
    connection = nil
  }

  private func stopInput() {
    source.stop()
    runtime.loop.after(Self.stopTimeout) { [weak self] in
      guard let self, !course.isOver else { return }
      course.cutInput()
      sendAudio()
    }
  }

  // MARK: - Audio

  /// Takes in what was recorded, and sends what is due.
  func sendAudio() {
    takeLiveAudio()
    perform(course.reportDroppedAudio())
    while let connection, !setup.output.isFull {
      let unsentBytes = connection.unsentBytes
      switch course.next(
        limit: source.openChunks, unsentBytes: unsentBytes, chunkBytes: source.chunkBytes, at: now)
      {
      case .send(let bytes): bytes.withUnsafeBytes { connection.send(binary: $0) }
      case .wait: return
      case .end: return perform(course.inputEnded(at: now))
      case .read:
        switch source.next(openChunks: course.openChunks, unsentBytes: unsentBytes, at: now) {
        case .chunk: course.recorded(source.chunk)
        case .gap(let frames): course.skipped(frames: frames)
        case .notBefore(let due): return sendAudio(at: due)
        case .later: return
        case .end: return perform(course.inputEnded(at: now))
        }
      }
    }
  }

  private func takeLiveAudio() {
    while !course.isInputCut, source.isRecording(at: now), course.takesIn(bytes: source.chunkBytes) {
      switch source.next(openChunks: 0, unsentBytes: 0, at: now) {
      case .chunk: course.recorded(source.chunk)
      case .gap(let frames): course.skipped(frames: frames)
      case .notBefore, .later, .end: return
      }
    }
  }

  private func sendAudio(at due: Duration) {
    dueTimer?.cancel()
    dueTimer = runtime.loop.after(max(.zero, due - now)) { [weak self] in self?.sendAudio() }
  }

  // MARK: - Keys

  /// Marks this moment of the recording.
  func mark() {
    keys.marks += 1
    let mark = StreamRecord.Mark(number: keys.marks, seconds: source.position)
    course.marked(mark)
    setup.output.mark(mark)
    guard !setup.output.showsTexts || setup.output.kind != .text else { return }
    perform(.inform("mark \(mark.number) at \(mark.place)"))
  }

  /// Lets the utterance under way become final.
  func flush() {
    sendAudio()
    perform(course.flushed())
  }

  /// Seconds of audio that no server took.
  var unansweredSeconds: Double { course.unansweredSeconds }
  func takeUnanswered(_ body: ([UInt8]) -> Void) { course.takeUnanswered(body) }

  // MARK: - The screen

  /// Seconds of audio that the source has given out.
  var position: Double { source.position }
  /// When the first chunk was sent.
  var sendingSince: Duration? { course.sendingSince }

  /// What there is to see of the stream now.
  func screen() -> StreamScreen {
    let left = setup.totalSeconds.map { max(0, $0 - source.position) } ?? .infinity
    perform(course.updateBacklog(sourceLag: min(left, source.lag(at: now)), at: now))
    return display.screen(
      of: course, position: source.position, showsFinals: !setup.output.showsTexts, at: now)
  }

  func show() {
    guard setup.isAlone else { return }
    let screen = screen()
    if runtime.console.isLive {
      let ellipsis = runtime.console.traits.glyphs.ellipsis
      runtime.console.show { screen.lines(width: $0) + keys.lines(width: $0, ellipsis: ellipsis) }
    } else if runtime.console.isLog, course.isOpen, display.isLogDue(at: now) {
      perform(.inform(screen.logLine))
    }
  }

  // MARK: - The end

  private func close() {
    ticker?.cancel()
    dueTimer?.cancel()
    source.onLevels = nil
    source.onEvent = nil
    source.stop()
    disconnect()
    if setup.isAlone { runtime.console.clear() }
  }

  private func finish(_ outcome: StreamCourse.Outcome) {
    var outcome = outcome
    setup.output.finish()
    if let failure = setup.output.failure {
      runtime.console.note("results lost: \(failure)")
      outcome.status = outcome.status.and(.incomplete)
    }
    done(outcome)
  }
}

extension StreamRun: WebSocketClientDelegate {
  func opened(_ connection: ClientConnection) {
    perform(course.opened(at: now))
    onOpened?()
  }

  func failed(_ connection: ClientConnection, error: WebSocketError) {
    defer { runtime.release(connection) }
    guard connection === self.connection else { return }
    self.connection = nil
    let failure = ConnectFailure(error, place: setup.place, body: connection.refusal)
    perform(course.failed(failure, at: now, jitter: jitter))
  }

  func closed(_ connection: ClientConnection, code: Int?, reason: String) {
    defer { runtime.release(connection) }
    guard connection === self.connection else { return }
    self.connection = nil
    perform(course.closed(code: code, reason: reason, at: now, jitter: jitter))
  }

  func drained(_ connection: ClientConnection) { sendAudio() }

  func received(_ connection: ClientConnection, text: UnsafeRawBufferPointer) {
    guard connection === self.connection else { return }
    setup.output.message(text) { course.isRepeat(text) }
    perform(course.received(text, at: now, jitter: jitter))
  }
}
