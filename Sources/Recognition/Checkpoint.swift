/// A position in a stream where a recognizer can start and come to the same words. This is all it needs to know.
public struct Checkpoint: Equatable, Sendable {
  /// Sample frames of the stream before it; their audio is no longer needed.
  public var frame: UInt64
  /// Segments before it; all of them are final.
  public var segments: Int
  /// Whether an utterance continues here that was cut because of its length.
  public var isOpen: Bool
  /// Language found in the segments before it. Recognizers report none: it follows from their segments.
  public var languages: LanguageFinder

  public init(frame: UInt64, segments: Int = 0, isOpen: Bool = false, languages: LanguageFinder = .init()) {
    self.frame = frame
    self.segments = segments
    self.isOpen = isOpen
    self.languages = languages
  }
}
