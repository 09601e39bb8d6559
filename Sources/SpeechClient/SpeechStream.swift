/// A reader's end of a stream, which goes when nobody holds it.
final class SpeechStream: Sendable {
  let queue: EventQueue

  init(_ queue: EventQueue) { self.queue = queue }

  deinit { queue.cancel() }

  func next() async throws(SpeechError) -> SpeechEvent? {
    switch await queue.next() {
    case .event(let event): return event
    case .end: return nil
    case .failure(let error): throw error
    }
  }
}
