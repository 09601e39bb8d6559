/// The update of an engine that answers each chunk at once: final, with a text and nothing else, while no audio waits.
///
/// With such an engine every chunk has one. As an update in an array it took a sixth of the server's instructions for a
/// chunk, and a fifth of the worker's.
public struct FinalText: Equatable, Sendable {
  /// The number of its segment.
  public var segment: Int
  /// Seconds of audio from the beginning of the stream.
  public var start: Double
  public var end: Double
  public var text: String
  public var words: Int

  public init(segment: Int, start: Double, end: Double, text: String, words: Int) {
    self.segment = segment
    self.start = start
    self.end = end
    self.text = text
    self.words = words
  }

  /// The same in the form of all updates.
  public var update: TranscriptUpdate {
    TranscriptUpdate(
      segment: Segment(number: segment, start: start, end: end, text: text), stableWords: words, isFinal: true)
  }
}
