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
    recall(chunk)
    return inbox.tell()
  }

  func recall(_ chunk: ChunkOfSound) {
    if inbox.put(chunk.bytes) { desk.put(inbox) }
  }

  var isBehind: Bool { inbox.isBehind }

  func finish(_ done: @escaping @Sendable (Hypothesis) -> Void) {
    if inbox.put(finish: done) { desk.put(inbox) }
  }

  func whenCaughtUp(_ done: @escaping @Sendable () -> Void) { inbox.whenCaughtUp(done) }
}
