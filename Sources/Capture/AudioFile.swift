public import Wire

/// An audio file of any kind libsndfile reads, delivered in the format wanted.
public final class AudioFile: AudioSource {
  /// The most that is taken from a pipe, which is kept in memory: an hour of 48 kHz stereo floats is 1.4 GB.
  public static let spooledBytesLimit = 2 << 30

  /// The path given; `-` is standard input.
  public let path: String
  public let format: AudioFormat
  /// The file's own rate and channels, and the encoding that holds its samples without loss where there is one (a compressed
  /// file: s16le).
  public let ownFormat: AudioFormat
  /// Container and coding in words: "WAV (Microsoft), Signed 16 bit PCM".
  public let kind: String
  /// Frames of the file, at the file's own rate, as far as its header can be believed.
  public let frames: Int

  /// Opens the file at `path` (`-`: standard input; a pipe is read to its end first) to be delivered as `format`, or as it is.
  public init(path: String, format: AudioFormat? = nil) throws(CaptureError) { throw .fileMissing(path: path) }

  /// How long all of it lasts, in seconds.
  public var seconds: Double { Double(frames) / Double(ownFormat.sampleRate) }

  public func next(into buffer: UnsafeMutableRawBufferPointer) -> SourceItem { .end }
}
