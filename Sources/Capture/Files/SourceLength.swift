/// What is known of the length of a source.
public enum SourceLength: Equatable, Sendable {
  /// Stated, and the file agrees.
  case exact(frames: Int)
  /// Calculated from a bit rate, good for showing progress.
  case estimated(frames: Int)
  /// Nothing says it: a pipe, a FLAC file written into one.
  case unknown
  /// The header says less than there is: the recorder has died or could not go back, or its counter wrapped.
  /// `frames` are those in the file, if they can be counted; the header says `statedFrames`, 0 if nothing.
  case unfinished(frames: Int?, statedFrames: Int)

  /// Frames to expect.
  public var frames: Int? {
    switch self {
    case .exact(let frames), .estimated(let frames): frames
    case .unknown: nil
    case .unfinished(let frames, _): frames
    }
  }
}
