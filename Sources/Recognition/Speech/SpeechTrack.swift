internal import Audio

/// One stream as the decoding thread has it: its sound, what is speech in it, and the utterance at hand.
final class SpeechTrack {
  /// What is to be decoded, or said, in the stream's order.
  enum Final {
    /// An utterance that is over.
    case utterance(SpeechTrack, Utterance)
    /// Up to this position there is no speech but what was decoded before.
    case settled(SpeechTrack, Int)
    /// Everything before it, all there is up to that position, is decoded: say so.
    case finish(SpeechTrack, Int, (Hypothesis) -> Void)
  }

  struct Utterance {
    var samples: [Float]
    /// Positions.
    var start: Int
    var end: Int
    /// From where on nothing depends on what was before.
    var next: Int
    /// The speaker went on.
    var isCut: Bool
  }

  let inbox: SpeechInbox
  /// Seconds of utterances waiting to be decoded.
  var waitingSeconds = 0.0
  let detector: SherpaVoiceDetector

  private let lookSilence: [Float]
  private var intake: SoundIntake
  private var sound = SoundBuffer()
  private var segmenter: SpeechSegmenter
  /// Where the sound ends that the detector has heard since it last began anew.
  private var heard = 0
  /// Where the sound ends that it has heard at all.
  private var heardEver = 0
  /// The detector's position 0.
  private var origin = 0
  /// What a streaming model has been given of the utterance at hand.
  private var streaming: (utterance: SherpaUtterance, start: Int, end: Int)?

  static let rate = SherpaVoiceDetector.rate

  init(_ inbox: SpeechInbox, _ detector: SherpaVoiceDetector, _ tuning: SpeechTuning) {
    self.inbox = inbox
    self.detector = detector
    lookSilence = [Float](repeating: 0, count: Int(tuning.partialSilenceSeconds * Double(Self.rate)))
    intake = SoundIntake(inbox.format, rate: Self.rate)
    segmenter = SpeechSegmenter(tuning, rate: Self.rate, isOpen: inbox.beginning.isOpen)
  }

  /// Takes news of the stream and puts what is to be done because of it into the queue.
  func take(_ news: SpeechInbox.News, into queue: inout DecodeQueue<Final>) {
    news.sound.withUnsafeBytes { bytes in
      var done = 0
      for finish in news.finishes {
        hear(UnsafeRawBufferPointer(rebasing: bytes[done..<finish.after]), into: &queue)
        done = finish.after
        self.finish(into: &queue)
        queue.add(final: .finish(self, sound.end, finish.done), of: inbox.number)
      }
      hear(UnsafeRawBufferPointer(rebasing: bytes[done...]), into: &queue)
    }
  }

  /// What the model makes of the utterance at hand; nil when there is none.
  func look(_ model: SherpaModel) -> (text: String, tokens: Int, seconds: Double)? {
    guard let start = segmenter.openStart, heard > start else { return nil }
    let seconds = Double(heard - start) / Double(Self.rate)
    if streaming?.start != start { streaming = SherpaUtterance(model).map { ($0, start, start) } }
    guard let (utterance, _, given) = streaming else {
      let samples = sound.withSamples(start..<heard) { Array($0) } + lookSilence
      let (text, tokens) = samples.withUnsafeBufferPointer { model.decode($0, rate: Self.rate) }
      return (text, tokens, seconds)
    }
    sound.withSamples(given..<heard) { utterance.accept($0, rate: Self.rate) }
    streaming?.end = heard
    return (utterance.text(), 0, seconds)
  }

  private func hear(_ bytes: UnsafeRawBufferPointer, into queue: inout DecodeQueue<Final>) {
    intake.append(bytes, to: &sound)
    detect(into: &queue)
  }

  private func finish(into queue: inout DecodeQueue<Final>) {
    intake.finish(&sound)
    detect(into: &queue)
    act(segmenter.finish(at: sound.end), into: &queue)
    intake = SoundIntake(inbox.format, rate: Self.rate)
    begin(at: sound.end)
  }

  /// Lets the detector hear all whole windows that are new.
  private func detect(into queue: inout DecodeQueue<Final>) {
    while sound.end - heard >= SherpaVoiceDetector.windowSamples {
      let window = heard..<heard + SherpaVoiceDetector.windowSamples
      sound.withSamples(window) { detector.accept($0.baseAddress!) }
      heard = window.upperBound
      heardEver = max(heardEver, heard)
      let ended = detector.next().map { $0.lowerBound + origin..<$0.upperBound + origin }
      act(segmenter.heard(upTo: heard, isSpeech: detector.isSpeech, ended: ended), into: &queue)
    }
    sound.drop(before: min(heard, segmenter.needed(at: heard)))
  }

  private func act(_ actions: [SpeechSegmenter.Action], into queue: inout DecodeQueue<Final>) {
    for action in actions {
      switch action {
      // What is heard a second time is not looked at again.
      case .partial: if heard == heardEver { queue.addPartial(of: inbox.number) }
      case .final(let range): add(range, isCut: false, into: &queue)
      case .cut(let range):
        let point = range.lowerBound + sound.withSamples(range) { QuietestPoint.find(in: $0, rate: Self.rate) }
        add(segmenter.cut(at: point), isCut: true, into: &queue)
      case .quiet(let position):
        queue.add(final: .settled(self, position), of: inbox.number)
        begin(at: position)
      }
    }
  }

  private func add(_ range: Range<Int>, isCut: Bool, into queue: inout DecodeQueue<Final>) {
    streaming = nil
    waitingSeconds += Double(range.count) / Double(Self.rate)
    let samples = sound.withSamples(range) { Array($0) }
    let utterance = Utterance(
      samples: samples, start: range.lowerBound, end: range.upperBound, next: segmenter.lastEnd, isCut: isCut)
    queue.add(final: .utterance(self, utterance), of: inbox.number)
    begin(at: segmenter.lastEnd)
  }

  /// The detector begins anew there: from here on nothing depends on what was before.
  private func begin(at position: Int) {
    detector.reset()
    origin = position
    heard = position
  }

  /// Frames of the stream before `position`.
  func frame(_ position: Int) -> UInt64 {
    inbox.beginning.frame + UInt64(position * inbox.format.sampleRate / Self.rate)
  }

  /// Seconds of the stream before `position`.
  func seconds(_ position: Int) -> Double {
    inbox.format.seconds(frames: Int(inbox.beginning.frame)) + Double(position) / Double(Self.rate)
  }
}
