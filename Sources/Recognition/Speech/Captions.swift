/// The words of a stream as its client is told them: numbers the utterances and remembers what was not told yet.
///
/// An utterance gets its number when its first words are told; those that turn out to be no speech get none, or, if words were
/// told, end as an empty text.
struct Captions {
  /// The number of the utterance at hand, or of the next.
  private var segment: Int
  private var open: PartialText?
  private var isOpenTold = false
  /// Over, and not told yet.
  private var finished: [Segment] = []
  /// Words were told and taken back: told as an empty final.
  private var erased: Int?
  /// The last that was told as final.
  private var last: (segment: Int, text: String)?

  /// `segmentsBefore`: how many of the stream are final already.
  init(segmentsBefore: Int = 0) { segment = segmentsBefore + 1 }

  /// Segments whose texts will not change.
  var settled: Int { segment - 1 }

  /// The model's look at the utterance at hand.
  mutating func look(_ text: String) {
    var partial = open ?? PartialText()
    partial.look(text)
    open = partial.text.isEmpty ? nil : partial
  }

  /// The utterance at hand is over; times in seconds of the stream. Empty text: it was no speech.
  mutating func finish(_ text: String, start: Double, end: Double) {
    defer {
      open = nil
      isOpenTold = false
    }
    if !text.isEmpty {
      finished.append(Segment(segment: segment, start: milliseconds(start), end: milliseconds(end), text: text))
      segment += 1
    } else if isOpenTold {
      erased = segment
      segment += 1
    }
  }

  /// What a reply says now: finals once, in their order, then the utterance at hand.
  mutating func tell() -> Hypothesis {
    if let told = finals() { return told }
    if open != nil { isOpenTold = true }
    return Hypothesis(text: open?.text ?? "", final: false, segment: segment)
  }

  /// What the reply to "finish" says, when everything is decoded: the last final, again if it was told.
  mutating func tellAll() -> Hypothesis {
    if let told = finals() { return told }
    // A number that was told as final is never used again.
    if last == nil {
      last = (segment, "")
      segment += 1
    }
    return Hypothesis(text: last?.text ?? "", final: true, segment: last?.segment ?? 0)
  }

  private mutating func finals() -> Hypothesis? {
    guard !finished.isEmpty || erased != nil else { return nil }
    var newest = finished.last.map { ($0.segment, $0.text) } ?? (0, "")
    if let erased, erased > newest.0 { newest = (erased, "") }
    last = newest
    defer {
      finished.removeAll()
      erased = nil
    }
    return Hypothesis(text: newest.1, final: true, segment: newest.0, finished: finished)
  }

  private func milliseconds(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }
}
