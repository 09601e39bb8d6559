/// Decides which stretches of a stream are utterances and when to look at the one at hand. Positions are samples of the stream.
///
/// `quiet` until the detector hears speech, then `open` until it says where the speech ended, or hears none without having said
/// so, or the utterance gets too long: then a cut leaves a shorter one `open`.
struct SpeechSegmenter {
  private struct Open: Equatable {
    var start: Int
    /// Where the last partial was due.
    var lookedAt: Int
    /// Whether the detector has heard speech in it; not yet after a cut.
    var isHeard: Bool
  }

  private let tuning: SpeechTuning
  private let rate: Int
  private var open: Open?
  /// Where the last utterance ended, or a moment earlier: none begins before, and from there the detector hears anew. In whole
  /// windows, so that it hears the same windows as if it had gone on.
  private(set) var lastEnd = 0

  /// With `isOpen` an utterance goes on at the beginning.
  init(_ tuning: SpeechTuning, rate: Int, isOpen: Bool = false) {
    self.tuning = tuning
    self.rate = rate
    if isOpen { open = Open(start: 0, lookedAt: 0, isHeard: false) }
  }

  /// Where the utterance at hand began.
  var openStart: Int? { open?.start }

  /// Where sound may still be needed from, `end` being all there is.
  func needed(at end: Int) -> Int {
    open?.start ?? earliestStart(at: end)
  }

  enum Action: Equatable {
    /// An utterance is over.
    case final(Range<Int>)
    /// The utterance at hand has grown enough to be looked at.
    case partial
    /// The utterance at hand is too long: `cut` it at the quietest point in there.
    case cut(within: Range<Int>)
    /// For long nothing was said: nothing before this is needed.
    case quiet(at: Int)
  }

  /// The detector has heard the sound up to `end`: whether it hears speech there, and what speech it says has ended.
  ///
  /// After a final, a cut or a quiet the detector is to begin anew where that ends, and what was heard from there is heard again.
  mutating func heard(upTo end: Int, isSpeech: Bool, ended: Range<Int>?) -> [Action] {
    if let speech = ended {
      let start = open?.start ?? max(lastEnd, speech.lowerBound - samples(tuning.beforeSeconds))
      return close(start, min(end, speech.upperBound + samples(tuning.afterSeconds)))
    }
    if isSpeech {
      if open == nil {
        let start = earliestStart(at: end)
        open = Open(start: start, lookedAt: start, isHeard: true)
      }
      open?.isHeard = true
    } else if let open, open.isHeard || end - open.start >= samples(tuning.speechSeconds + tuning.silenceSeconds) {
      // What was left after a cut was too short for the detector.
      return close(open.start, end)
    }
    guard let open else { return quiet(at: end) }

    if end - open.start >= samples(tuning.hardSeconds) {
      return [.cut(within: end - samples(tuning.cutSeconds)..<end)]
    }
    if Double(end - open.lookedAt)
      >= max(tuning.partialSeconds * Double(rate), tuning.partialGrowth * Double(end - open.start))
    {
      self.open?.lookedAt = end
      return [.partial]
    }
    return []
  }

  /// Ends the utterance at hand at `point` and begins the next there.
  mutating func cut(at point: Int) -> Range<Int> {
    guard let start = open?.start, point > start else { preconditionFailure("a cut outside the utterance at hand") }
    open = Open(start: point, lookedAt: point, isHeard: false)
    lastEnd = point
    return start..<point
  }

  /// The sound ends, for now, at `end`: what is open is over. What the detector flushed is not needed for it.
  mutating func finish(at end: Int) -> [Action] {
    guard let open else {
      lastEnd = max(lastEnd, end)
      return []
    }
    let actions = close(open.start, end)
    lastEnd = end
    return actions
  }

  private mutating func close(_ start: Int, _ end: Int) -> [Action] {
    open = nil
    guard end > start else { return [] }
    lastEnd = wholeWindows(end)
    return [.final(start..<end)]
  }

  private mutating func quiet(at end: Int) -> [Action] {
    guard end - lastEnd >= samples(tuning.quietSeconds) else { return [] }
    lastEnd = wholeWindows(earliestStart(at: end))
    return [.quiet(at: lastEnd)]
  }

  private func wholeWindows(_ position: Int) -> Int {
    let window = SherpaVoiceDetector.windowSamples
    return lastEnd + (position - lastEnd) / window * window
  }

  /// Where an utterance may begin whose speech is detected at `end`.
  private func earliestStart(at end: Int) -> Int {
    max(lastEnd, end - detectionDelay - samples(tuning.beforeSeconds))
  }

  /// How late the detector says that speech began.
  private var detectionDelay: Int { samples(tuning.speechSeconds) + 2 * SherpaVoiceDetector.windowSamples }

  private func samples(_ seconds: Double) -> Int { Int(seconds * Double(rate)) }
}
