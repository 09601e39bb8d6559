/// The final texts of a stream, in order. For one iteration: a second one continues where the first was left.
public struct Utterances: AsyncSequence, Sendable {
  public typealias Element = Utterance
  public typealias Failure = SpeechError

  let stream: SpeechStream

  public struct AsyncIterator: AsyncIteratorProtocol {
    let stream: SpeechStream

    /// The next utterance. Nil: the end.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws(SpeechError) -> Utterance? {
      while let event = try await stream.next() {
        if case .utterance(let utterance) = event { return utterance }
      }
      return nil
    }
  }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: stream) }

  /// Ends the sound. The rest of its words still come.
  public func stop() { stream.queue.stop() }
}
