internal import Platform
internal import Recognition

/// The recognizer of one stream: passes its audio to its decoding thread, which pushes the results.
final class SpeechRecognizer: Recognizer {
  private let stream: StreamContext
  private let place: DecodingThreads.Place

  init(_ stream: StreamContext, _ place: DecodingThreads.Place) {
    self.stream = stream
    self.place = place
  }

  private var mailbox: DecoderMailbox { place.mailbox }

  deinit { mailbox.post(.end, of: stream) }

  func accept(_ chunk: AudioChunk) {
    guard !chunk.bytes.isEmpty else { return }
    stream.backlog.add(queuedSeconds: stream.seconds(bytes: chunk.bytes.count))
    mailbox.post(.audio(Array(chunk.bytes), arrival: MonotonicClock.now, yields: chunk.yields), of: stream)
  }

  func recall(_ chunk: AudioChunk) { accept(chunk) }

  var backlogSeconds: Double { stream.backlog.seconds }

  var isBehind: Bool { stream.backlog.isBehind }

  func whenCaughtUp(_ done: @escaping @Sendable () -> Void) { stream.backlog.whenCaughtUp(done) }

  func finish(_ done: @escaping @Sendable () -> Void) { mailbox.post(.finish(done), of: stream) }
}
