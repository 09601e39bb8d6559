import Audio
import Capture
import Contract
import JSON
import Platform

/// Decides everything about one recording on its way to a server: when to connect, what to send and to send again,
/// which answers are missing, what to report.
///
/// Each event has a method that returns what to do. The value owns no connection, timer or output, and time comes in.
package struct StreamCourse {
  struct Setup {
    var policy: ConnectionMachine.Policy
    /// The format that is sent.
    var format: AudioFormat
    /// The server's address as the user knows it.
    var place: String
    /// Seconds of audio in the recording, if known.
    var totalSeconds: Double?
    /// The audio is sent in real time, so it can fall behind.
    var isPaced = false
    /// Without a live terminal, which counts down, each attempt to connect is reported.
    var reportsEveryAttempt = true
    /// Reports may have words of the recording.
    var quotesTexts = true
  }

  enum Action: Equatable {
    case connect
    /// Drop the connection: nothing that it still reports matters.
    case disconnect
    /// Call `retryDue` after this time.
    case retry(after: Duration)
    /// Send a control message.
    case send(String)
    /// Audio can be sent, possibly: ask `next`.
    case sendAudio
    /// Stop the source. What it still has is sent. Some devices hang: call `cutInput` after a while.
    case stopInput
    /// Something went wrong.
    case report(String)
    /// Something went as it should: a quiet client keeps it to itself.
    case inform(String)
    /// The source failed.
    case reportFailure(CaptureError)
    /// Write final texts.
    case write([Caption])
    /// Write the object of the recording, for `--output json`.
    case writeRecord(String)
    /// The stream is over: release the source, the connection and the screen. Reports follow, then `finish`.
    case close
    case finish(Outcome)
  }

  package struct Outcome: Equatable {
    package var status: Completeness
    /// The user wants to end, or there is no server: do not begin another stream.
    package var endsAll: Bool
  }

  private enum Interruption { case none, requested, inputCut }

  let setup: Setup
  var machine: ConnectionMachine
  var delivery: Delivery
  var link: LinkState
  private var dropped = DroppedAudio()
  var recording: RecordingLog
  var silence = SilenceWatch()
  var line: LineWatch
  private var interruption = Interruption.none
  private var status = Completeness.done
  /// Once it is over.
  private(set) var end: End?
  /// The last error from the server: a server that shuts down repeats it for each chunk.
  private var reportedError = ""

  init(_ setup: Setup, spool: Spool, record: StreamRecord?) {
    self.setup = setup
    delivery = Delivery(format: setup.format, spool: spool, record: record)
    machine = ConnectionMachine(policy: setup.policy)
    link = LinkState(reportsEveryAttempt: setup.reportsEveryAttempt)
    recording = RecordingLog(sampleRate: setup.format.sampleRate)
    line = LineWatch(setup.format)
  }

  var isOpen: Bool { machine.isOpen }
  var isOver: Bool { machine.isOver }
  /// The next connection is for a session that the server has.
  var isReturning: Bool { machine.session != nil }
  /// Chunks sent and unanswered.
  var openChunks: Int { delivery.openChunks }
  /// When the first chunk was sent.
  var sendingSince: Duration? { delivery.sendingSince }
  private var hasSent: Bool { delivery.session.hasSent }

  // MARK: - The connection

  mutating func begin(at now: Duration) -> [Action] {
    // What is recorded while there is no server has to go somewhere; a file waits.
    if setup.policy.isLive { delivery.prepareDisk() }
    return perform(machine.begin(at: now), at: now, jitter: 0)
  }

  mutating func opened(at now: Duration) -> [Action] {
    let hadFailed = link.connected()
    let report: [Action] = hadFailed && machine.session == nil ? [.inform("connected to \(setup.place)")] : []
    return report + perform(machine.opened(at: now), at: now, jitter: 0) + [.sendAudio]
  }

  mutating func failed(_ failure: ConnectFailure, at now: Duration, jitter: Double) -> [Action] {
    let action = machine.failed(
      failure.reason, isPermanent: failure.isPermanent || (failure.isEngineUnavailable && sendingSince == nil),
      retryAfter: failure.retryAfter, at: now, jitter: jitter)
    var actions: [Action] = []
    if case .wait(let wait) = action, link.failed(failure.reason, hasSent: hasSent) {
      let spooled = hasSent || setup.policy.isLive ? "\(delivery.keptSeconds.fixed(1)) s buffered, " : ""
      actions.append(.report("\(failure.reason); \(spooled)retrying in \(wait.brief)"))
    }
    return actions + perform(action, at: now, jitter: jitter)
  }

  mutating func closed(code: Int?, reason: String, at now: Duration, jitter: Double) -> [Action] {
    let action = machine.closed(
      CloseReason.text(code: code, reason: reason), code: code, hasSent: hasSent, isExpecting: openChunks > 0, at: now,
      jitter: jitter)
    return perform(action, at: now, jitter: jitter)
  }

  /// The wait that `retry` asked for is over.
  mutating func retryDue(at now: Duration) -> [Action] { perform(machine.waited(), at: now, jitter: 0) }

  mutating func tick(at now: Duration, jitter: Double) -> [Action] {
    let action = machine.tick(isExpecting: openChunks > 0, at: now, jitter: jitter)
    let actions = perform(action, at: now, jitter: jitter)
    return machine.isOver ? actions : actions + [.sendAudio]
  }

  /// Ctrl-C. The first one ends the input, the second everything.
  mutating func interrupted(at now: Duration) -> [Action] {
    if interruption == .none { interruption = .requested }
    let action = machine.interrupted(at: now)
    var actions: [Action] = []
    if action == .endInput || machine.isStopping {
      let search = machine.isOpen || machine.isStopping ? "" : "still trying to reach the server, "
      actions = [.inform("stopping; \(search)press Ctrl-C again to end now")]
    }
    return actions + perform(action, at: now, jitter: 0)
  }

  // MARK: - The input

  /// The recording's next chunk.
  mutating func recorded(_ chunk: [UInt8]) { delivery.append(chunk) }

  /// The text so far is to become final: more audio follows later.
  func flushed() -> [Action] { machine.isOpen && hasSent ? [.send(ControlMessage.flush.text)] : [] }

  /// Frames of the recording that were never heard.
  mutating func skipped(frames: Int) { delivery.skip(frames: frames) }

  /// The user marked this second of the recording.
  mutating func marked(_ mark: StreamRecord.Mark) { delivery.mark(mark) }

  /// Seconds of audio that no server took.
  var unansweredSeconds: Double { delivery.keptSeconds }
  mutating func takeUnanswered(_ body: ([UInt8]) -> Void) { delivery.takeUnanswered(body) }

  /// Reports audio that was dropped.
  mutating func reportDroppedAudio() -> [Action] {
    if delivery.droppedSeconds > 0 { status = status.and(.incomplete) }
    let lines = dropped.report(
      seconds: delivery.droppedSeconds, keptSeconds: delivery.keptSeconds, failure: delivery.diskFailure,
      isOpen: machine.isOpen)
    return lines.map { .report($0) }
  }

  /// The levels of the next seconds of audio.
  mutating func heard(_ levels: Levels, seconds: Double) -> [Action] {
    guard setup.policy.isLive, let report = silence.take(levels, seconds: seconds) else { return [] }
    return [.report(report)]
  }

  mutating func happened(_ event: CaptureEvent) -> [Action] { recording.take(event).map { [.report($0)] } ?? [] }

  /// The source was stopped and has had time to deliver the rest.
  mutating func cutInput() { interruption = .inputCut }
  var isInputCut: Bool { interruption == .inputCut }

  mutating func inputEnded(at now: Duration) -> [Action] { perform(machine.inputEnded(at: now), at: now, jitter: 0) }

  enum Next: Equatable {
    case send([UInt8])
    /// Take the next chunk from the source.
    case read
    /// Answers, or progress of the network, allow more.
    case wait
    case end
  }

  /// What to send next.
  /// - Parameters:
  ///   - limit: chunks that may be unanswered.
  ///   - unsentBytes: bytes that the network has not taken.
  ///   - chunkBytes: size of the source's next chunk.
  mutating func next(limit: Int, unsentBytes: Int, chunkBytes: Int, at now: Duration) -> Next {
    guard machine.isOpen else { return .wait }
    while delivery.hasUnsent {
      guard openChunks < limit, unsentBytes < Pacer.unsentBytes else { return .wait }
      // A chunk that the disk has lost is skipped.
      if let bytes = delivery.send(at: now) { return .send(bytes) }
    }
    if isInputCut { return .end }
    return takesIn(bytes: chunkBytes) ? .read : .wait
  }

  /// Whether another chunk is taken in now. A microphone does not wait: its oldest audio is dropped. What waits in a
  /// pipe is not.
  func takesIn(bytes: Int) -> Bool {
    setup.policy.isLive || interruption != .none || delivery.hasRoom(bytes: bytes)
  }

  // MARK: - Messages

  mutating func received(noJSON text: UnsafeRawBufferPointer, at now: Duration) -> [Action] {
    machine.heard(at: now)
    let quote = setup.quotesTexts ? String(decoding: text, as: UTF8.self).shortened : "\(text.count) bytes"
    return [.report("the server sent text that is not JSON: \(quote)")]
  }

  mutating func received(_ value: JSONValue, at now: Duration, jitter: Double) -> [Action] {
    machine.heard(at: now)
    let reply = Reply(value)
    let settled = SettledMessage(value)
    delivery.keep(value, as: reply)
    var actions: [Action] = []
    switch reply {
    case .accepted(let seq, let size):
      delivery.accept(seq: seq, chunkBytes: size)
      return []
    case .started(let name, let seq):
      delivery.named()
      actions = perform(machine.started(session: name, seq: seq, at: now), at: now, jitter: jitter)
    case .transcription(let text):
      transcribed(seq: text.seq, keeps: settled != nil, at: now)
      actions = told(delay: value["delay"]?.double) + write(delivery.take(text))
    case .measured(let seq):
      transcribed(seq: seq, keeps: settled != nil, at: now)
      actions = told(delay: value["delay"]?.double)
    case .update(let update): actions = write(delivery.take(update))
    case .failure(let error, _, let seq?): actions = failed(seq: seq, error: error, at: now)
    case .failure(let error, let code, nil): actions = failed(error, code: code, at: now, jitter: jitter)
    case .summary(let receipt):
      delivery.finish(with: receipt)
      machine.receiptCame()
    case .notice(let text): actions = [.report("server: \(text.shortened)")]
    case .flushed, .other: break
    }
    if let settled { delivery.settle(settled) }
    return machine.isOpen ? actions + [.sendAudio] : actions
  }

  private func write(_ captions: [Caption]) -> [Action] { captions.isEmpty ? [] : [.write(captions)] }

  private mutating func told(delay: Double?) -> [Action] {
    guard link.late(by: delay), let delay else { return [] }
    return [.report("the server is busy: texts come \(delay.fixed(0)) s late")]
  }

  private mutating func transcribed(seq: Int, keeps: Bool, at now: Duration) {
    if delivery.transcribe(seq: seq, keeps: keeps, at: now) { machine.answered() }
  }

  /// Whether a message is about a chunk that was answered before it was sent again.
  func isRepeat(_ message: UnsafeRawBufferPointer) -> Bool { delivery.isRepeat(message) }

  private mutating func failed(seq: Int, error: String, at now: Duration) -> [Action] {
    guard let failed = delivery.fail(seq: seq, error: error, at: now) else { return [] }
    machine.answered()
    // The first one is reported now, all of them at the end: ten a second would bury everything else.
    return failed.isFirst ? [.report("server: seq \(failed.number): \(error)")] : []
  }

  private mutating func failed(_ error: String, code: String?, at now: Duration, jitter: Double) -> [Action] {
    if code == nil, machine.isResuming { return perform(machine.refused(error, at: now), at: now, jitter: jitter) }
    if code == nil, delivery.expectsRefusal(isStopping: machine.isStopping) { return [] }
    guard error != reportedError else { return [] }
    reportedError = error
    return [.report("server: \(error)" + (code.map { " (\($0))" } ?? ""))]
  }

  // MARK: - What the connection machine decides

  private mutating func perform(_ action: ConnectionMachine.Action, at now: Duration, jitter: Double) -> [Action] {
    switch action {
    case .nothing: return []
    case .connect:
      link.connecting()
      return [.connect]
    case .wait(let wait): return retry(after: wait, at: now)
    case .start: return beginSession(because: nil)
    case .startOver(let reason): return beginSession(because: reason) + [.sendAudio]
    case .resume(let name):
      link.resuming()
      return [.send(delivery.resume(name))]
    case .proceed(let seq): return resumed(after: seq, at: now, jitter: jitter)
    case .sendStop:
      link.stopping()
      return [.send(delivery.stop())]
    case .endInput: return [.stopInput, .sendAudio]
    case .reconnect(let reason, let wait): return lost(reason, wait: wait, at: now)
    case .finish(let ending): return finish(ending)
    }
  }

  private mutating func retry(after wait: Duration, at now: Duration) -> [Action] {
    link.retry(at: now + wait)
    return [.retry(after: wait)]
  }

  /// The first session, or another one for what the previous one has not answered.
  private mutating func beginSession(because reason: String?) -> [Action] {
    let actions = hasSent ? replaceSession(because: reason) : []
    link.resumed()
    return actions + [.send(delivery.start())]
  }

  private mutating func replaceSession(because reason: String?) -> [Action] {
    let partial = delivery.partial
    let unsettled = delivery.unsettledSeconds
    // A session that the server refused before it had begun was told of when its connection was lost.
    let hadBegun = delivery.session.hasBegun
    delivery.replaceSession()
    guard hadBegun else { return [] }
    let why = reason.map { " (\($0))" } ?? ""
    let words = unsettled > 0 ? ", \(unsettled.fixed(1)) s of it for words that were not final" : ""
    var actions = [
      Action.report("starting a new session\(why); sending \(delivery.keptSeconds.fixed(1)) s of audio again\(words)")
    ]
    if !partial.isEmpty, unsettled == 0 {
      actions.append(.report("cut short: \(setup.quotesTexts ? TextCells.plain(partial) : "what was being said")"))
    }
    return actions
  }

  /// The server has the chunks up to `seq` and will answer them.
  private mutating func resumed(after seq: Int, at now: Duration, jitter: Double) -> [Action] {
    if let contradiction = delivery.resumed(after: seq) {
      let action = machine.contradicted(contradiction, at: now, jitter: jitter)
      return [.disconnect] + perform(action, at: now, jitter: jitter)
    }
    link.resumed()
    return [.inform("reconnected; resuming the session after its chunk \(seq)"), .sendAudio]
  }

  private mutating func lost(_ reason: String, wait: Duration, at now: Duration) -> [Action] {
    link.lost(reason, hasSent: hasSent)
    delivery.connectionBroke()
    let report = "connection lost (\(reason)), \(delivery.keptSeconds.fixed(1)) s buffered, retrying in \(wait.brief)"
    return [.disconnect, .report(report)] + retry(after: wait, at: now)
  }

  // MARK: - The end

  private mutating func finish(_ ending: ConnectionMachine.Ending) -> [Action] {
    let verdict = delivery.verdict
    if !verdict.isComplete || recording.isTruncated { status = status.and(.incomplete) }
    if recording.failure != nil { status = status.and(setup.policy.isLive ? .device : .incomplete) }
    var actions = [.close] + (ending.report.map { [.report($0)] } ?? []) + summary(ending, verdict)
    let troubles = recording.troubles + (recording.isTruncated ? ["truncated"] : [])
    end = End(ending: ending, verdict: verdict, failure: recording.failure, isTruncated: recording.isTruncated)
    let error = ending.report ?? recording.failure.map { "\($0)" }
    let record = delivery.record(isComplete: verdict.isComplete, troubles: troubles, error: error)
    actions += record.map { [.writeRecord($0)] } ?? []
    actions += recording.failure.map { [.reportFailure($0)] } ?? []
    actions.append(.finish(Outcome(status: status, endsAll: interruption != .none || ending.isForAll)))
    return actions
  }

  private func summary(_ ending: ConnectionMachine.Ending, _ verdict: Verdict) -> [Action] {
    let receipt = delivery.session.receipt
    guard delivery.hasAudio || receipt != nil else { return [] }
    var lines: [Action] = []
    let reached = delivery.answeredSeconds
    if ending != .complete || interruption != .none, let total = setup.totalSeconds, reached < total {
      lines.append(.inform("interrupted at \(reached.clock()) of \(total.clock())"))
    }
    lines += receipt.map { [.inform($0.line)] } ?? []
    let sum = verdict.lines.joined(separator: "; ")
    lines.append(verdict.isComplete ? .inform(sum) : .report(sum))
    if !recording.troubles.isEmpty {
      lines.append(.report("while recording: \(recording.troubles.joined(separator: ", "))"))
    }
    return lines
  }
}
