/// What an engine makes of one segment so far. It replaces the last update of the same segment.
public struct TranscriptUpdate: Equatable, Sendable {
  public var segment: Segment
  /// How many of the first words of the text will probably stay.
  public var stableWords: Int
  /// Whether the text no longer changes. A final segment with empty text is withdrawn.
  public var isFinal: Bool
  /// Nil while the utterance is open, and where the engine does not tell. One that is over and not final is being
  /// decoded.
  public var ending: Ending?

  /// Why an utterance is over.
  public enum Ending: UInt8, Sendable {
    /// The speaker paused.
    case silence = 1
    /// It got too long: the speaker goes on in the next one.
    case length = 2
    /// The client asked for it.
    case request = 3
  }

  public init(segment: Segment, stableWords: Int, isFinal: Bool, ending: Ending? = nil) {
    self.segment = segment
    self.stableWords = stableWords
    self.isFinal = isFinal
    self.ending = ending
  }
}

/// A stretch of speech: for most engines one utterance.
public struct Segment: Equatable, Sendable {
  /// In the stream, from 1.
  public var number: Int
  /// Seconds of audio from the beginning of the stream.
  public var start: Double
  /// Seconds of audio from the beginning of the stream; until the segment is final, the end of what was recognized.
  public var end: Double
  public var text: String
  /// Empty where the engine tells no word times, or the client did not ask for them.
  public var words: [Word]
  /// ISO 639 code of the language, where the engine tells one.
  public var language: String?

  public init(
    number: Int, start: Double, end: Double, text: String, words: [Word] = [], language: String? = nil
  ) {
    self.number = number
    self.start = start
    self.end = end
    self.text = text
    self.words = words
    self.language = language
  }
}

/// A word and its place in the stream, in seconds from the beginning.
public struct Word: Equatable, Sendable {
  public var text: String
  public var start: Double
  public var end: Double

  public init(text: String, start: Double, end: Double) {
    self.text = text
    self.start = start
    self.end = end
  }
}
