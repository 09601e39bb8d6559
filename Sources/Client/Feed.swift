import Capture
import Metering
import Wire

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
  /// The bytes of the chunk that `next` has announced.
  var chunk: [UInt8] { get }
  /// Seconds of sound given out or thrown away so far.
  var position: Double { get }
  /// Called with the levels of every piece of sound and its seconds.
  var onLevels: ((Levels, Double) -> Void)? { get set }
  /// Called with what happens besides sound.
  var onEvent: ((CaptureEvent) -> Void)? { get set }
  /// Sound given up because nobody took it in time.
  var droppedSeconds: Double { get }

  func next(openChunks: Int, unsentBytes: Int, at now: Duration) -> FeedItem
  /// Takes what has been recorded, whether or not anybody can be sent to.
  func drain()
  /// No more input; what is there still comes.
  func stop()
}
