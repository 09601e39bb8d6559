package import Audio
package import Capture

/// What a source has for its stream.
package enum NextChunk {
  /// The next chunk is in `ChunkSource.chunk`.
  case chunk
  /// So many frames of the recording were never heard. They come before the next chunk.
  case gap(frames: Int)
  /// Not before this time.
  case notBefore(Duration)
  /// Ask again after a wake-up, an answer, or progress of the network.
  case later
  /// There is no more.
  case end
}

/// Audio cut into chunks that are given out when they are due.
package protocol ChunkSource: AnyObject {
  /// The format that is sent.
  var format: AudioFormat { get }
  /// Bytes of every chunk but the last.
  var chunkBytes: Int { get }
  /// The most chunks that may be sent and unanswered.
  var openChunks: Int { get }
  /// The bytes of the chunk that `next` has announced.
  var chunk: [UInt8] { get }
  /// Seconds of audio given out so far.
  var position: Double { get }
  /// Called with the levels of every piece of audio and its length in seconds.
  var onLevels: ((Levels, Double) -> Void)? { get set }
  /// Called with overruns, gaps and other events.
  var onEvent: ((CaptureEvent) -> Void)? { get set }

  /// The audio is being recorded, and is to be taken in whether or not it can be sent. Otherwise it waits.
  func isRecording(at now: Duration) -> Bool
  func next(openChunks: Int, unsentBytes: Int, at now: Duration) -> NextChunk
  /// Seconds of audio that should have been given out and were not.
  func lag(at now: Duration) -> Double
  /// Ends the input. Audio that was taken in is still given out.
  func stop()
}
