internal import Recognition

/// Turns the model's output into the updates of one stream: numbers the segments and drops what changes nothing.
///
/// An utterance gets its number with its first words. One that turns out to be no speech gets none, or is withdrawn by
/// a final update without text if words were shown.
struct TranscriptBuilder {
  /// The number of the open utterance, or of the next.
  private var number: Int
  private var partial = PartialText()
  /// The partial text that was last returned, and how many of its words were stable.
  private var shown = (text: "", stable: 0)
  /// Of the utterance at hand, if it is known.
  var language: String?
  /// Whether an utterance has its number in any case.
  private let numbersAll: Bool

  /// - Parameter segmentsBefore: how many segments of the stream are final.
  init(segmentsBefore: Int = 0, numbersAll: Bool = false) {
    number = segmentsBefore + 1
    self.numbersAll = numbersAll
  }

  /// Whether a word of the open utterance waits for the next decoding.
  var isHeldBack: Bool { partial.isHeldBack }

  /// Segments whose texts no longer change.
  var finalSegments: Int { number - 1 }

  /// The model decoded the open utterance so far; times in seconds of the stream. Nil if that changes nothing.
  /// - Parameter isCutOff: whether the audio ends amid a sound.
  mutating func updatePartial(
    _ text: String, isCutOff: Bool = false, start: Double, end: Double
  ) -> TranscriptUpdate? {
    partial.look(text, isCutOff: isCutOff)
    let news = (text: partial.text, stable: partial.stable.count)
    guard news != shown else { return nil }
    shown = news
    return update(news.text, start, end, stableWords: news.stable, isFinal: false)
  }

  /// The open utterance is over. Empty text: it was no speech. Nil if nothing was shown of it.
  mutating func finish(_ text: String, start: Double, end: Double) -> TranscriptUpdate? {
    defer {
      partial = PartialText()
      shown = ("", 0)
    }
    guard !text.isEmpty || !shown.text.isEmpty || numbersAll else { return nil }
    defer { number += 1 }
    return update(text, start, end, stableWords: text.split(whereSeparator: \.isWhitespace).count, isFinal: true)
  }

  /// The client asked for a final text. In a stream without any it gets an empty one, whose number is not used again.
  mutating func finishStream(at end: Double) -> TranscriptUpdate? {
    guard finalSegments == 0, !numbersAll else { return nil }
    defer { number += 1 }
    return update("", end, end, stableWords: 0, isFinal: true)
  }

  /// An utterance whose text is not known yet.
  func bounds(of number: Int, _ start: Double, _ end: Double) -> Segment {
    Segment(number: number, start: milliseconds(start), end: milliseconds(end), text: "", language: language)
  }

  private func update(
    _ text: String, _ start: Double, _ end: Double, stableWords: Int, isFinal: Bool
  ) -> TranscriptUpdate {
    let segment = Segment(
      number: number, start: milliseconds(start), end: milliseconds(end), text: text, language: language)
    return TranscriptUpdate(segment: segment, stableWords: stableWords, isFinal: isFinal)
  }

  private func milliseconds(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }
}
