/// What an engine makes of a stream so far: the words of the utterance at hand.
public struct Hypothesis: Equatable, Sendable {
  public var text: String
  /// False: the text may still change. True: it will not.
  public var final: Bool
  /// The utterance's number in the stream, from 1; a partial replaces the last one of the same segment.
  public var segment: Int
  /// Segments that became final since the last hypothesis; empty for engines that answer at once.
  public var finished: [Segment]
  /// Looks at the stream's unfinished utterances that were never made, for want of time, since its beginning.
  public var shed = 0
  /// From where another recognizer would need the sound to come to the same words; nil for engines that need none of it.
  public var checkpoint: Checkpoint?

  public init(text: String, final: Bool, segment: Int, finished: [Segment] = []) {
    self.text = text
    self.final = final
    self.segment = segment
    self.finished = finished
  }
}

/// An utterance that is over.
public struct Segment: Equatable, Sendable {
  public var segment: Int
  /// Seconds of audio from the stream's beginning.
  public var start: Double
  public var end: Double
  public var text: String

  public init(segment: Int, start: Double, end: Double, text: String) {
    self.segment = segment
    self.start = start
    self.end = end
    self.text = text
  }
}
