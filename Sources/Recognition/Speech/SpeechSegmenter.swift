/// Decides which stretches of a stream are utterances and when to look at the one at hand. Positions are samples of the stream.
///
/// `quiet` until the detector hears speech, then `open` until it says where the speech ended, or hears none without having said
/// so, or the utterance gets too long: then a cut leaves a shorter one `open`.
struct SpeechSegmenter {
  private struct Open: Equatable {
    var start: Int
    /// Where the last partial was due.
    var lookedAt: Int
  }

  private let tuning: SpeechTuning
  private let rate: Int
  private var open: Open?
  /// Where the last utterance ended: none begins before.
  private var lastEnd = 0

  init(_ tuning: SpeechTuning, rate: Int) {
    self.tuning = tuning
    self.rate = rate
  }

  /// Where the utterance at hand began.
  var openStart: Int? { open?.start }

  /// Where sound may still be needed from, `end` being all there is.
  func needed(at end: Int) -> Int {
    open?.start ?? max(lastEnd, end - detectionDelay - samples(tuning.beforeSeconds))
  }

  enum Action: Equatable {
    /// An utterance is over.
    case final(Range<Int>)
    /// The utterance at hand has grown enough to be looked at.
    case partial
    /// The utterance at hand is too long: `cut` it at the quietest point in there.
    case cut(within: Range<Int>)
  }

  /// The detector has heard the sound up to `end`: whether it hears speech there, and what speech it says has ended.
  mutating func heard(upTo end: Int, isSpeech: Bool, ended: [Range<Int>]) -> [Action] {
    var actions: [Action] = []
    for speech in ended {
      let start = open?.start ?? max(lastEnd, speech.lowerBound - samples(tuning.beforeSeconds))
      let stop = min(end, speech.upperBound + samples(tuning.afterSeconds))
      actions += close(start, stop)
    }
    if isSpeech, open == nil {
      let start = max(lastEnd, end - detectionDelay - samples(tuning.beforeSeconds))
      open = Open(start: start, lookedAt: start)
    } else if !isSpeech, let open {
      // After a cut the detector has nothing of its own to end.
      actions += close(open.start, end)
    }
    guard let open else { return actions }

    if end - open.start >= samples(tuning.hardSeconds) {
      actions.append(.cut(within: end - samples(tuning.cutSeconds)..<end))
    } else if Double(end - open.lookedAt)
      >= max(tuning.partialSeconds * Double(rate), tuning.partialGrowth * Double(end - open.start))
    {
      self.open?.lookedAt = end
      actions.append(.partial)
    }
    return actions
  }

  /// Ends the utterance at hand at `point` and begins the next there.
  mutating func cut(at point: Int) -> Range<Int> {
    guard let start = open?.start, point > start else { preconditionFailure("a cut outside the utterance at hand") }
    open = Open(start: point, lookedAt: point)
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
    lastEnd = end
    return [.final(start..<end)]
  }

  /// How late the detector says that speech began.
  private var detectionDelay: Int { samples(tuning.speechSeconds) + 2 * SherpaVoiceDetector.windowSamples }

  private func samples(_ seconds: Double) -> Int { Int(seconds * Double(rate)) }
}
