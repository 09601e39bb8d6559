import Audio
import Capture
import Platform

/// What the user sees and reads of a stream.
extension StreamRun {
  private var title: String { setup.title ?? setup.name }

  func note(_ text: String) { stage.console.note("\(title): \(text)") }

  func happened(_ event: CaptureEvent) {
    if let text = log.take(event) { note(text) }
    guard let device = log.deviceFormat else { return }
    screen.source = "\(setup.name) \(screen.glyphs.dot) \(device) \(screen.glyphs.arrow) \(setup.source)"
  }

  func show() {
    refresh()
    guard setup.isAlone else { return }
    if stage.console.isLive {
      stage.console.show(screen.lines(width:))
    } else if now - loggedAt >= .seconds(5), conversation.isOpen {
      loggedAt = now
      note(screen.logLine)
    }
  }

  private func refresh() {
    screen.reading = meter.reading(at: now)
    screen.elapsed = feed.position
    screen.answered = account.transcribed + account.failed.count
    screen.sent = account.transcribed + account.failed.count + ledger.openChunks + ledger.overtaken.count
    screen.troubles = log.troubles
    if spool.givenUpBytes > 0 { screen.troubles.append("\(givenUpSeconds.fixed(1)) s given up") }
    let seconds = retryAt.map { max(0, ($0 - now).inSeconds.rounded(.up)) } ?? 0
    switch screen.link {
    case .waiting(let reason, _): screen.link = .waiting(reason: reason, seconds: seconds)
    case .lost(let reason, _, _): screen.link = .lost(reason: reason, spooled: spooledSeconds, seconds: seconds)
    case .connecting, .connected, .resuming, .stopping: break
    }
    refreshBehind()
    if let total = setup.totalSeconds {
      screen.progress = ProgressBar(
        title: setup.name.split(separator: "/").last.map(String.init) ?? setup.name, position: feed.position,
        total: total,
        elapsed: firstSentAt.map { (now - $0).inSeconds } ?? 0, glyphs: screen.glyphs)
    }
  }

  /// Behind by less than this is no delay: a chunk is being recorded, another sent.
  private static let onTime = 1.0

  private func refreshBehind() {
    guard isCatchingUp, conversation.isOpen || conversation.isStopping else {
      screen.behind = nil
      return
    }
    let behind = behindSeconds
    screen.behind = behind > Self.onTime ? behind : nil
    isCatchingUp = behind > Self.onTime
  }

  private var givenUpSeconds: Double { feed.format.seconds(frames: spool.givenUpBytes / feed.format.frameBytes) }

  /// Sound thrown away because no server took it in time: told when it begins, and how much it was when it is over.
  func tellGivenUp() {
    if let failure = spool.failure, !toldSpoolFailure {
      toldSpoolFailure = true
      note("no more sound can be kept on disk: \(failure)")
    }
    let givenUp = givenUpSeconds
    guard givenUp > toldGivenUp else { return }
    status = status.and(.incomplete)
    if toldGivenUp == 0 {
      toldGivenUp = .leastNonzeroMagnitude
      note(
        "no server takes the sound, and more than \(spooledSeconds.fixed(1)) s can't be kept: the oldest is given up")
    }
    if conversation.isOpen {
      note("\((givenUp - toldGivenUp).fixed(1)) s of sound were given up")
      toldGivenUp = givenUp
    }
  }

  /// Ends the recording's account: says what became of it.
  func settle(_ ending: Conversation.Ending) {
    switch ending {
    case .complete: break
    case .unreachable(let reason): note(reason)
    case .broken(let reason): note("the connection broke: \(reason)")
    case .gaveUp(let reason, let after): note("no server for \(after.brief), given up: \(reason)")
    case .silent(let patience): note(Conversation.silence(patience))
    case .abandoned: note("ended without waiting any longer")
    }
    let seconds = feed.format.seconds(frames: ledger.sentBytes / feed.format.frameBytes)
    let verdict = account.verdict(spool: spool, ledger: ledger, receipt: receipt, seconds: seconds)
    if spool.chunks > 0 || receipt != nil {
      if ending != .complete || wasInterrupted, let total = setup.totalSeconds, reached < total {
        note("interrupted at \(reached.clock()) of \(total.clock())")
      }
      if let receipt { note(receipt.line) }
      note(verdict.lines.joined(separator: "; "))
      if !log.troubles.isEmpty { note("while recording: \(log.troubles.joined(separator: ", "))") }
    }
    if !verdict.isComplete { status = status.and(.incomplete) }
    var missing = spool.open
    for range in spool.waiting.ranges + spool.givenUp.ranges { for number in range { missing.insert(number) } }
    output.record(
      record.text(
        StreamRecord.Figures(
          chunks: ledger.sentChunks, bytes: ledger.sentBytes, start: axis.start, seconds: seconds,
          answered: ledger.transcribedChunks, missing: missing, failed: account.session.failed,
          isComplete: verdict.isComplete, troubles: log.troubles + (log.isTruncated ? ["truncated"] : []))))
  }

  /// How far the recording is answered for.
  private var reached: Double {
    spool.firstOffset.map { feed.format.seconds(frames: $0 / feed.format.frameBytes) } ?? feed.position
  }
}
