internal import Wire

/// The words of one stream, found by the engine's thread: sound is put down here, and what is known by then picked up.
final class SpeechRecognizer: Recognizer {
  private let inbox: SpeechInbox
  private let desk: SpeechDesk

  init(_ inbox: SpeechInbox, _ desk: SpeechDesk) {
    self.inbox = inbox
    self.desk = desk
  }

  deinit { if inbox.putEnd() { desk.put(inbox) } }

  func accept(_ chunk: ChunkOfSound) -> Hypothesis {
    let (hypothesis, isNews) = inbox.put(chunk.bytes, startFrame: chunk.startFrame)
    if isNews { desk.put(inbox) }
    return hypothesis
  }

  var isBehind: Bool { inbox.isBehind }

  func finish(_ done: @escaping @Sendable (Hypothesis) -> Void) {
    if inbox.put(finish: done) { desk.put(inbox) }
  }

  func whenCaughtUp(_ done: @escaping @Sendable () -> Void) { inbox.whenCaughtUp(done) }
}
