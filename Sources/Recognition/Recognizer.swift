public import Audio

/// Words from the sound of one stream; one object a stream, let go when the stream ends.
///
/// Called on the worker's loop thread, which serves all streams: neither call may wait for decoding. An engine that needs time decodes
/// on a thread of its own and `accept` says what is known by now.
public protocol Recognizer: AnyObject {
  /// Takes the next chunk and says at once what the stream's words are so far; segments that became final are told once.
  func accept(_ chunk: ChunkOfSound) -> Hypothesis

  /// Takes sound that was answered already, elsewhere: says nothing of it.
  func recall(_ chunk: ChunkOfSound)

  /// Whether so much of the stream's sound waits to be decoded that no more is to be sent until `whenCaughtUp`.
  var isBehind: Bool { get }

  /// Calls `done` once, from any thread, when it is not behind any longer, or the stream is over.
  func whenCaughtUp(_ done: @escaping @Sendable () -> Void)

  /// No more sound for now: decodes what is left, then calls `done` once, from any thread, with everything final.
  /// More chunks may follow.
  func finish(_ done: @escaping @Sendable (Hypothesis) -> Void)
}

extension Recognizer {
  // An engine that answers at once is never behind.
  public var isBehind: Bool { false }
  public func whenCaughtUp(_ done: @escaping @Sendable () -> Void) { done() }
}

/// An engine, loaded once a process, that serves any number of streams.
public protocol RecognizerFactory {
  /// The first sound it is given is that at the checkpoint.
  func recognizer(stream: UInt64, format: AudioFormat, from: Checkpoint) -> any Recognizer
}
