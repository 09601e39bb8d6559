import Audio
import Capture

/// What a feed has for its stream.
enum FeedItem {
  /// The next chunk is in `Feed.chunk`.
  case chunk
  /// Not before this moment.
  case notBefore(Duration)
  /// A wake-up, an answer or the network's progress says when to ask again.
  case later
  /// There is no more.
  case end
}

/// Sound cut into chunks, given out when it is due.
protocol Feed: AnyObject {
  /// What is sent.
  var format: AudioFormat { get }
  /// Bytes of every chunk but the last.
  var chunkBytes: Int { get }
  /// The sound comes whether or not anybody takes it, and is given out as it comes; else it is given out to be sent.
  var isLive: Bool { get }
  /// Chunks that may be sent and unanswered.
  var openChunks: Int { get }
  /// The bytes of the chunk that `next` has announced.
  var chunk: [UInt8] { get }
  /// Seconds of sound given out so far.
  var position: Double { get }
  /// Called with the levels of every piece of sound and its seconds.
  var onLevels: ((Levels, Double) -> Void)? { get set }
  /// Called with what happens besides sound.
  var onEvent: ((CaptureEvent) -> Void)? { get set }

  func next(openChunks: Int, unsentBytes: Int, at now: Duration) -> FeedItem
  /// Seconds of sound that should have been given out and are not.
  func lag(at now: Duration) -> Double
  /// No more input; what is there still comes.
  func stop()
}
