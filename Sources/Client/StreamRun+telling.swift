import Capture
import Wire

/// What the user sees and reads of a stream.
extension StreamRun {
  func note(_ text: String) { stage.console.note("\(setup.name): \(text)") }

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
    screen.sent = ledger.sentChunks
    screen.answered = ledger.transcribedChunks + ledger.failed.count
    screen.troubles = log.troubles
    if feed.droppedSeconds > 0 { screen.troubles.append("\(feed.droppedSeconds.fixed(1)) s not sent") }
    if case .waiting(let reason, _) = screen.link, let retryAt {
      screen.link = .waiting(reason: reason, seconds: max(0, (retryAt - now).inSeconds.rounded(.up)))
    }
    if let total = setup.totalSeconds {
      screen.progress = ProgressBar(
        title: setup.name.split(separator: "/").last.map(String.init) ?? setup.name, position: feed.position,
        total: total,
        elapsed: firstSentAt.map { (now - $0).inSeconds } ?? 0, glyphs: screen.glyphs)
    }
  }

  /// Sound thrown away because no server took it in time: told when it begins, and how much it was when it is over.
  func tellDropped() {
    let dropped = feed.droppedSeconds
    guard dropped > toldDropped else { return }
    status = status.and(.incomplete)
    if toldDropped == 0 {
      toldDropped = .leastNonzeroMagnitude
      note("no server takes the sound: the oldest is thrown away")
    }
    if conversation.isOpen {
      note("\((dropped - toldDropped).fixed(1)) s of sound were thrown away")
      toldDropped = dropped
    }
  }

  /// Ends a session's account: says what became of it and begins a new one.
  func settle(ending: Conversation.Ending) {
    // Turned away before anything was sent: nothing is lost, and it is tried again.
    guard conversation.isOver || ledger.sentChunks > 0 else { return }
    switch ending {
    case .complete: break
    case .unreachable(let reason): note(reason)
    case .broken(let reason): if conversation.isOver { note("the connection broke: \(reason)") }
    case .silent(let patience): note(Conversation.silence(patience))
    case .abandoned: note("ended without waiting any longer")
    }
    let seconds = feed.format.seconds(frames: ledger.sentBytes / feed.format.frameBytes)
    let verdict = ledger.verdict(receipt: receipt, seconds: seconds)
    if ledger.sentChunks > 0 || receipt != nil {
      if wasInterrupted, let total = setup.totalSeconds, feed.position < total {
        note("interrupted at \(feed.position.clock()) of \(total.clock())")
      }
      if let receipt { note(receipt.line) }
      note(verdict.lines.joined(separator: "; "))
      if !log.troubles.isEmpty { note("while recording: \(log.troubles.joined(separator: ", "))") }
    }
    // A server that goes away sends no receipt: a session before the last is judged by its answers.
    let isFine = conversation.isOver ? verdict.isComplete : ledger.missing.isEmpty && ledger.failed.isEmpty
    if !isFine { status = status.and(.incomplete) }
    let troubles = log.troubles + (log.isTruncated ? ["truncated"] : [])
    output.record(
      record.text(
        ledger: ledger, start: axis.start, seconds: seconds, isComplete: verdict.isComplete, troubles: troubles))
    sentBefore += seconds
    ledger = Ledger()
    transcript = Transcript()
    record = StreamRecord(kind: setup.kind, name: setup.name, format: feed.format)
    receipt = nil
    screen.caption = ""
    screen.latency = nil
  }
}
