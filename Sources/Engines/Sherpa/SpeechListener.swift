internal import Audio
internal import Recognition

/// Listens to the audio of one stream and finds the utterances in it. Positions are samples since the beginning.
final class SpeechListener {
  enum Event {
    /// An utterance has begun at this position.
    case began(Int)
    /// The open utterance has grown enough to be decoded.
    case partialDue
    /// An utterance is over.
    case utterance(Utterance)
    /// Up to this position there is no speech but that of earlier utterances.
    case settled(Int)
  }

  struct Utterance {
    /// As the model should hear them.
    var samples: [Float]
    var range: Range<Int>
    /// From here on, nothing depends on earlier audio.
    var next: Int
    var ending: TranscriptUpdate.Ending

    /// Its beginning, cut at the quietest point, and the rest; nil if it is not too long.
    func split(_ longest: SpeechTuning.Yielding) -> (first: Utterance, rest: Utterance)? {
      func count(_ seconds: Double) -> Int { Int(seconds * Double(rate)) }
      let most = count(longest.hardSeconds)
      guard samples.count > most else { return nil }
      let from = most - count(longest.cutSeconds)
      let cut = from + samples[from..<most].withUnsafeBufferPointer { QuietestPoint.find(in: $0, rate: rate) }
      guard cut > 0 else { return nil }
      let place = range.lowerBound + cut
      let first = Utterance(
        samples: Array(samples[..<cut]), range: range.lowerBound..<place, next: place, ending: .length)
      let rest = Utterance(samples: Array(samples[cut...]), range: place..<range.upperBound, next: next, ending: ending)
      return (first, rest)
    }
  }

  let detector: SherpaVoiceDetector
  private let format: AudioFormat
  private var intake: SampleIntake
  private var samples = SampleBuffer()
  private var segmenter: SpeechSegmenter
  private var gain = DetectorGain()
  /// How far the detector has listened since it was last reset.
  private var heard = 0
  /// How far it has listened at all.
  private var furthestHeard = 0
  /// The detector's position 0.
  private var origin = 0
  /// Where the newest utterance began.
  private var newestStart: Int?

  static let rate = SherpaVoiceDetector.rate

  /// - Parameter isOpen: whether an utterance continues at the beginning.
  init(_ format: AudioFormat, _ detector: SherpaVoiceDetector, _ tuning: SpeechTuning, isOpen: Bool) {
    self.format = format
    self.detector = detector
    intake = SampleIntake(format, rate: Self.rate)
    segmenter = SpeechSegmenter(tuning, rate: Self.rate, isOpen: isOpen)
  }

  /// Whether utterances are to be short from here on, because others wait.
  var yieldsLength: Bool {
    get { segmenter.yieldsLength }
    set { segmenter.yieldsLength = newValue }
  }

  /// The position after the last sample.
  var end: Int { samples.end }

  /// The audio of the open utterance that the detector has heard; nil if none is open.
  var openRange: Range<Int>? {
    guard let start = segmenter.openStart, heard > start else { return nil }
    return start..<heard
  }

  func withSamples<Result>(_ range: Range<Int>, _ body: (UnsafeBufferPointer<Float>) -> Result) -> Result {
    samples.withSamples(range, body)
  }

  /// No partial is due before so much more of the open utterance was heard.
  func space(partials seconds: Double) { segmenter.partialSeconds = seconds }

  /// Takes whole sample frames.
  func hear(_ bytes: UnsafeRawBufferPointer) -> [Event] {
    intake.append(bytes, to: &samples)
    return detect()
  }

  /// Ends the open utterance at the end of the audio. More audio may follow.
  func finish() -> [Event] {
    intake.finish(&samples)
    var events = detect()
    events += act(segmenter.finish(at: samples.end), ending: .request)
    intake = SampleIntake(format, rate: Self.rate)
    restart(at: samples.end)
    return events
  }

  /// Lets the detector listen to all whole windows that are new.
  private func detect() -> [Event] {
    var events: [Event] = []
    while samples.end - heard >= SherpaVoiceDetector.windowSamples {
      let window = heard..<heard + SherpaVoiceDetector.windowSamples
      let raised = samples.withSamples(window) { gain.raise($0) }
      raised.withUnsafeBufferPointer { detector.accept($0.baseAddress!) }
      heard = window.upperBound
      furthestHeard = max(furthestHeard, heard)
      let ended = detector.next().map { $0.lowerBound + origin..<$0.upperBound + origin }
      events += act(segmenter.heard(upTo: heard, isSpeech: detector.isSpeech, ended: ended), ending: .silence)
      if let start = segmenter.openStart, start != newestStart {
        newestStart = start
        events.append(.began(start))
      }
    }
    samples.drop(before: min(heard, segmenter.needed(at: heard)))
    return events
  }

  /// - Parameter ending: why the open utterance ends, unless it is cut.
  private func act(_ actions: [SpeechSegmenter.Action], ending: TranscriptUpdate.Ending) -> [Event] {
    var events: [Event] = []
    for action in actions {
      switch action {
      // Audio that is heard a second time is not decoded again.
      case .partial: if heard == furthestHeard { events.append(.partialDue) }
      case .final(let range): events.append(end(range, ending))
      case .cut(let range):
        let point = range.lowerBound + samples.withSamples(range) { QuietestPoint.find(in: $0, rate: Self.rate) }
        events.append(end(segmenter.cut(at: point), .length))
      case .quiet(let position):
        events.append(.settled(position))
        restart(at: position)
      }
    }
    return events
  }

  private func end(_ range: Range<Int>, _ ending: TranscriptUpdate.Ending) -> Event {
    let next = segmenter.lastEnd
    let copy = samples.withSamples(range) { Loudness.raised($0) }
    restart(at: next)
    return .utterance(Utterance(samples: copy, range: range, next: next, ending: ending))
  }

  /// The detector starts over there: from here on, nothing depends on earlier audio.
  private func restart(at position: Int) {
    detector.reset()
    gain = DetectorGain()
    origin = position
    heard = position
  }
}
