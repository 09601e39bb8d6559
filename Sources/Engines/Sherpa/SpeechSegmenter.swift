/// Decides which stretches of a stream are utterances, and when to decode the open one. Positions are samples.
///
/// Quiet until the detector hears speech; then an utterance is open until the detector reports its end, or hears no
/// more speech without a report, or the utterance gets too long: then a cut leaves a shorter one open.
struct SpeechSegmenter {
  private struct Open: Equatable {
    var start: Int
    /// Where the last partial was due.
    var lookedAt: Int
    /// Whether the detector has heard speech in it; after a cut, not yet.
    var isHeard: Bool
  }

  private let tuning: SpeechTuning
  private let rate: Int
  /// After the first, no partial is due before so much more of the utterance was heard.
  var partialSeconds = 0.0
  private var open: Open?
  /// Whether utterances are to be short, because others wait.
  var yieldsLength = false
  /// Where the last utterance ended, or slightly earlier: none begins before, and the detector restarts there. In whole
  /// windows, so that it hears the same windows as if it had not restarted.
  private(set) var lastEnd = 0

  /// - Parameter isOpen: whether an utterance continues at the beginning.
  init(_ tuning: SpeechTuning, rate: Int, isOpen: Bool = false) {
    self.tuning = tuning
    self.rate = rate
    if isOpen { open = Open(start: 0, lookedAt: 0, isHeard: false) }
  }

  /// Where the open utterance began.
  var openStart: Int? { open?.start }

  /// From where audio may still be needed, if it ends at `end`.
  func needed(at end: Int) -> Int {
    open?.start ?? earliestStart(at: end)
  }

  enum Action: Equatable {
    /// An utterance is over.
    case final(Range<Int>)
    /// The open utterance has grown enough to be decoded.
    case partial
    /// The open utterance is too long: `cut` it at the quietest point of this range.
    case cut(within: Range<Int>)
    /// There was no speech for a long time: nothing before this position is needed.
    case quiet(at: Int)
  }

  /// The longest utterance, and how much of its end is searched for a place to cut it.
  private var longest: (samples: Int, cut: Int) {
    yieldsLength
      ? (samples(tuning.yielding.hardSeconds), samples(tuning.yielding.cutSeconds))
      : (samples(tuning.hardSeconds), samples(tuning.cutSeconds))
  }

  /// The detector has heard the audio up to `end`: whether it hears speech there, and which speech it reports as ended.
  ///
  /// After a final, a cut or a quiet, restart the detector where that ends, and let it hear again what follows.
  mutating func heard(upTo end: Int, isSpeech: Bool, ended: Range<Int>?) -> [Action] {
    if let speech = ended {
      let start = open?.start ?? max(lastEnd, speech.lowerBound - samples(tuning.beforeSeconds))
      let over = min(end, speech.upperBound + samples(tuning.afterSeconds))
      if yieldsLength, open != nil, over - start > longest.samples { return [cutting(from: start, at: end)] }
      return close(start, over)
    }
    if isSpeech {
      if open == nil {
        let start = earliestStart(at: end)
        open = Open(start: start, lookedAt: start, isHeard: true)
      }
      open?.isHeard = true
    } else if let open, open.isHeard || end - open.start >= samples(tuning.speechSeconds + tuning.silenceSeconds) {
      // What a cut left was too short for the detector.
      return close(open.start, end)
    }
    guard let open else { return quiet(at: end) }

    if end - open.start >= longest.samples { return [cutting(from: open.start, at: end)] }
    let isFirst = open.lookedAt == open.start
    let seconds = isFirst ? tuning.partials.firstSeconds : max(partialSeconds, tuning.partials.seconds)
    let step = seconds * Double(rate)
    if Double(end - open.lookedAt) >= max(step, tuning.partials.growth * Double(end - open.start)) {
      self.open?.lookedAt = end
      return [.partial]
    }
    return []
  }

  /// One that has become too long when it was not to be short is cut several times.
  private func cutting(from start: Int, at end: Int) -> Action {
    let end = yieldsLength ? min(end, start + longest.samples) : end
    return .cut(within: end - longest.cut..<end)
  }

  /// Ends the open utterance at `point` and begins the next there.
  mutating func cut(at point: Int) -> Range<Int> {
    guard let start = open?.start, point > start else { preconditionFailure("A cut must lie in the open utterance.") }
    open = Open(start: point, lookedAt: point, isHeard: false)
    lastEnd = point
    return start..<point
  }

  /// The audio ends, for now, at `end`: the open utterance is over, whatever the detector reports.
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

  /// The earliest beginning of an utterance whose speech is detected at `end`.
  private func earliestStart(at end: Int) -> Int {
    max(lastEnd, end - detectionDelay - samples(tuning.beforeSeconds))
  }

  /// How late the detector reports the beginning of speech.
  private var detectionDelay: Int { samples(tuning.speechSeconds) + 2 * SherpaVoiceDetector.windowSamples }

  private func samples(_ seconds: Double) -> Int { Int(seconds * Double(rate)) }
}
