public import Audio

/// Where sound comes from: a `CaptureThread` or an `AudioFile`, read the same way by one thread.
///
/// Keep calling `next(into:)` until it says `.nothingYet` (a microphone: its wake callback tells when to go on; a file never
/// says it) or `.end`.
public protocol AudioSource: AnyObject {
  /// What the bytes are.
  var format: AudioFormat { get }
  /// Takes what comes next, in order. `buffer` holds at least one frame; only whole frames are written into it.
  func next(into buffer: UnsafeMutableRawBufferPointer) -> SourceItem
}

/// What `AudioSource.next(into:)` had.
public enum SourceItem: Equatable, Sendable {
  /// The first so many bytes of the buffer are the next whole frames.
  case audio(bytes: Int)
  /// Something happened at this place in the audio.
  case event(CaptureEvent)
  /// A microphone has recorded nothing new.
  case nothingYet
  /// There is no more and never will be.
  case end
}

/// What happens to a stream besides audio. Frames are frames of the stream (`AudioSource.format`), estimated from the clock
/// where audio was lost.
public enum CaptureEvent: Equatable, Sendable {
  /// The device is open and delivers this; always the first event of a microphone.
  case started(DeviceFormat)
  /// The device's buffer ran over because nobody read it in time; recording goes on.
  case overrun(lostFrames: Int)
  /// The system slept or the driver was suspended; recording goes on.
  case suspended(lostFrames: Int)
  /// Less audio came than time passed, and the device said nothing about it.
  case gap(lostFrames: Int)
  /// The device disappeared or went silent; it is opened again until it is back.
  case lost(CaptureError)
  /// The device is back, after `.lost`.
  case back(DeviceFormat, lostFrames: Int)
  /// The reader of this stream was too slow; so many frames were thrown away here.
  case dropped(frames: Int)
  /// The stream is over because of this; `.end` follows.
  case failed(CaptureError)
  /// A file ended before its header said; everything that is there has been delivered. `.end` follows. Frames of the file.
  case truncated(promisedFrames: Int, foundFrames: Int)
}
