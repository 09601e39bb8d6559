import Audio
import Capture
package import IO
import JSON
package import Web

/// One recording on its way to a server: carries out what `StreamCourse` decides.
package final class StreamRun {
  package struct Setup {
    /// The server's address, with the format in its query.
    package var url: WebSocketURL
    /// The address as the user knows it.
    package var place: String
    package var policy: ConnectionMachine.Policy
    /// Seconds of audio, if known.
    package var totalSeconds: Double?
    /// The audio is sent in real time.
    package var isPaced = false
    /// Bytes of unanswered audio that may be kept on disk.
    package var spoolBytes = 1 << 30
    /// The object of the recording, if one is kept.
    package var record: StreamRecord?
    /// Each attempt to connect is reported, not only the first that fails.
    package var reportsEveryAttempt = true
    /// Reports may have words of the recording.
    package var quotesTexts = true
    /// Time between two looks at the clock.
    package var tick = Duration.milliseconds(250)

    package init(url: WebSocketURL, place: String, policy: ConnectionMachine.Policy) {
      self.url = url
      self.place = place
      self.policy = policy
    }
  }

  /// How long a source may take to stop.
  private static let stopTimeout = Duration.seconds(2)
  /// How long a stream that nobody listens to may take to end its session.
  private static let cancelTimeout = Duration.seconds(5)

  private let loop: EventLoop
  private let connections: ServerConnections
  private let setup: Setup
  private let source: any ChunkSource
  private let delegate: any StreamRunDelegate
  private(set) var course: StreamCourse
  /// The last attempt to connect, if it failed.
  private(set) var connectFailure: ConnectFailure?
  private var connection: ClientConnection?
  private var ticker: LoopTimer?
  private var dueTimer: LoopTimer?
  private var marks = 0
  private var isStopped = false

  package init(
    on loop: EventLoop, over connections: ServerConnections, source: any ChunkSource, setup: Setup,
    delegate: any StreamRunDelegate
  ) {
    self.loop = loop
    self.connections = connections
    self.source = source
    self.setup = setup
    self.delegate = delegate
    course = StreamCourse(
      StreamCourse.Setup(
        policy: setup.policy, format: source.format, place: setup.place, totalSeconds: setup.totalSeconds,
        isPaced: setup.isPaced, reportsEveryAttempt: setup.reportsEveryAttempt, quotesTexts: setup.quotesTexts),
      spool: Spool(
        chunkBytes: source.chunkBytes, fileBytes: setup.spoolBytes,
        answeredLimit: min(
          Spool.answeredLimitBytes, Spool.answeredSeconds * source.format.sampleRate * source.format.frameBytes)),
      record: setup.record)
    source.onLevels = { [unowned self] levels, seconds in
      delegate.heard(levels, seconds: seconds)
      perform(course.heard(levels, seconds: seconds))
    }
    source.onEvent = { [unowned self] in perform(course.happened($0)) }
  }

  private var now: Duration { loop.now }
  private var jitter: Double { .random(in: 0...1) }

  package func begin() {
    ticker = loop.after(setup.tick, repeating: setup.tick) { [unowned self] in tick() }
    delegate.began()
    perform(course.begin(at: now))
  }

  /// Ctrl-C. The first one ends the audio, the second everything.
  package func interrupt() { perform(course.interrupted(at: now)) }

  /// Ends the audio: what was taken in is still sent and answered.
  func stop() {
    guard !isStopped else { return }
    isStopped = true
    interrupt()
  }

  /// The same, and after a while it ends everything.
  func cancel() {
    stop()
    loop.after(Self.cancelTimeout) { [weak self] in self?.interrupt() }
  }

  private func tick() {
    perform(course.tick(at: now, jitter: jitter))
    if !course.isOver { delegate.ticked(self) }
  }

  private func perform(_ actions: [StreamCourse.Action]) {
    for action in actions { perform(action) }
  }

  private func perform(_ action: StreamCourse.Action) {
    switch action {
    case .connect: connection = connections.connect(to: course.isReturning ? returnURL : setup.url, delegate: self)
    case .disconnect: disconnect()
    case .retry(let wait):
      loop.after(wait) { [weak self] in
        guard let self else { return }
        perform(course.retryDue(at: now))
      }
    case .send(let text): connection?.send(text: text)
    case .sendAudio: sendAudio()
    case .stopInput: stopInput()
    case .report(let text): delegate.report(text)
    case .inform(let text): delegate.inform(text)
    case .reportFailure(let error): delegate.failed(error)
    case .write(let captions): delegate.finals(captions, of: self)
    case .writeRecord(let text): delegate.record(text)
    case .close: close()
    case .finish(let outcome): delegate.ended(self, outcome)
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
    loop.after(Self.stopTimeout) { [weak self] in
      guard let self, !course.isOver else { return }
      course.cutInput()
      sendAudio()
    }
  }

  // MARK: - Audio

  /// Takes in what was recorded, and sends what is due.
  package func sendAudio() {
    takeLiveAudio()
    perform(course.reportDroppedAudio())
    while let connection, !delegate.isFull {
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
    dueTimer = loop.after(max(.zero, due - now)) { [weak self] in self?.sendAudio() }
  }

  // MARK: - Keys

  /// Marks this moment of the recording.
  package func mark() {
    marks += 1
    let mark = StreamRecord.Mark(number: marks, seconds: source.position)
    course.marked(mark)
    delegate.marked(mark)
  }

  /// Lets the utterance under way become final.
  package func flush() {
    sendAudio()
    perform(course.flushed())
  }

  /// Seconds of audio that no server took.
  package var unansweredSeconds: Double { course.unansweredSeconds }
  package func takeUnanswered(_ body: ([UInt8]) -> Void) { course.takeUnanswered(body) }

  // MARK: - What there is to see

  /// Seconds of audio that the source has given out.
  package var position: Double { source.position }
  /// When the first chunk was sent.
  package var sendingSince: Duration? { course.sendingSince }
  /// Audio can be sent.
  package var isOpen: Bool { course.isOpen }

  /// Its state now.
  /// - Parameter showsFinals: final texts are part of it, because they are written elsewhere.
  package func status(showsFinals: Bool) -> StreamStatus {
    let left = setup.totalSeconds.map { max(0, $0 - source.position) } ?? .infinity
    perform(course.updateBacklog(sourceLag: min(left, source.lag(at: now)), at: now))
    return course.status(showsFinals: showsFinals, at: now)
  }

  // MARK: - The end

  private func close() {
    ticker?.cancel()
    dueTimer?.cancel()
    source.onLevels = nil
    source.onEvent = nil
    source.stop()
    disconnect()
    delegate.closed()
  }
}

extension StreamRun: WebSocketClientDelegate {
  package func opened(_ connection: ClientConnection) {
    connectFailure = nil
    perform(course.opened(at: now))
    delegate.opened()
  }

  package func failed(_ connection: ClientConnection, error: WebSocketError) {
    defer { connections.release(connection) }
    guard connection === self.connection else { return }
    self.connection = nil
    let failure = ConnectFailure(error, place: setup.place, body: connection.refusal)
    connectFailure = failure
    perform(course.failed(failure, at: now, jitter: jitter))
  }

  package func closed(_ connection: ClientConnection, code: Int?, reason: String) {
    defer { connections.release(connection) }
    guard connection === self.connection else { return }
    self.connection = nil
    perform(course.closed(code: code, reason: reason, at: now, jitter: jitter))
  }

  package func drained(_ connection: ClientConnection) { sendAudio() }

  package func received(_ connection: ClientConnection, text: UnsafeRawBufferPointer) {
    guard connection === self.connection else { return }
    delegate.arrived(text) { course.isRepeat(text) }
    guard let value = try? JSONValue(parsing: text) else { return perform(course.received(noJSON: text, at: now)) }
    perform(course.received(value, at: now, jitter: jitter))
    delegate.taken(value, by: self)
  }
}
