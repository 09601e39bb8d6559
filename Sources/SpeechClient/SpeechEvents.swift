/// Everything that becomes known of a stream, in order. For one iteration: a second one continues where the first was
/// left.
public struct SpeechEvents: AsyncSequence, Sendable {
  public typealias Element = SpeechEvent
  public typealias Failure = SpeechError

  let stream: SpeechStream

  public struct AsyncIterator: AsyncIteratorProtocol {
    let stream: SpeechStream

    /// The next event. Nil: the end.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws(SpeechError) -> SpeechEvent? {
      try await stream.next()
    }
  }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: stream) }

  /// Ends the sound. The rest of its words still come.
  public func stop() { stream.queue.stop() }
}
