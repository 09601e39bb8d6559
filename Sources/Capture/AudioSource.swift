public import Audio

/// A source of audio: a `CaptureThread` or an `AudioFile`, read the same way by one thread.
///
/// Call `next(into:)` until it returns `.end`, or `.nothingYet`: then a microphone's wake callback signals when to
/// continue. A file never returns `.nothingYet`.
public protocol AudioSource: AnyObject {
  /// Format of the bytes.
  var format: AudioFormat { get }
  /// Returns the next item, in order. `buffer` holds at least one frame; only whole frames are written to it.
  func next(into buffer: UnsafeMutableRawBufferPointer) -> SourceItem
}

/// Result of `AudioSource.next(into:)`.
public enum SourceItem: Equatable, Sendable {
  /// This many bytes at the beginning of the buffer are the next whole frames.
  case audio(bytes: Int)
  /// An event at this position in the audio.
  case event(CaptureEvent)
  /// A microphone has nothing new.
  case nothingYet
  /// The end of the stream.
  case end
}

/// An event in a stream. Frames are frames of the stream (`AudioSource.format`), estimated from the clock where audio
/// was lost.
public enum CaptureEvent: Equatable, Sendable {
  /// The device is open and delivers this format; the first event of a microphone that is there.
  case started(DeviceFormat)
  /// The device is not there, or not to be had; it is looked for until it is.
  case absent(CaptureError)
  /// The device is open, but has delivered no audio for this long. It is waited for, for `patience` altogether.
  case slow(after: Duration, patience: Duration)
  /// The device's clock runs faster than this machine's by this fraction, or slower. Nothing is lost.
  case clock(error: Double)
  /// The levels of the device's channels, once they are known.
  case channels(ChannelLevels)
  /// The device's buffer overran because it was not read in time; recording continues.
  case overrun(lostFrames: Int)
  /// The system slept or the driver was suspended; recording continues.
  case suspended(lostFrames: Int)
  /// Less audio arrived than time elapsed, and the device did not report it.
  case gap(lostFrames: Int)
  /// The device disappeared or stopped delivering; it is reopened until it is back.
  case lost(CaptureError)
  /// The device is back, after `.lost`.
  case back(DeviceFormat, lostFrames: Int)
  /// The reader of this stream was too slow; this many frames were dropped here.
  case dropped(frames: Int)
  /// The stream ends because of this error; `.end` follows.
  case failed(CaptureError)
  /// A file ended earlier than its header states, or in the middle of something; all it has was delivered. Counts
  /// frames of the file.
  case truncated(promisedFrames: Int?, foundFrames: Int)
  /// A file has more than its header states; all of it was delivered, or will be. Counts frames of the file.
  case exceeded(statedFrames: Int, foundFrames: Int?)
}
