internal import Wire

/// One stream as the decoding thread has it: its sound, what is speech in it, and the utterance at hand.
final class SpeechTrack {
  /// What is to be decoded, or said, in the stream's order.
  enum Final {
    /// An utterance that is over; times in seconds of the stream.
    case utterance(SpeechTrack, samples: [Float], start: Double, end: Double)
    /// Everything before it is decoded: say so.
    case finish(SpeechTrack, (Hypothesis) -> Void)
  }

  let inbox: SpeechInbox
  /// Seconds of utterances waiting to be decoded.
  var waitingSeconds = 0.0
  let detector: SherpaVoiceDetector

  private let startSeconds: Double
  private var intake: SoundIntake
  private var sound = SoundBuffer()
  private var segmenter: SpeechSegmenter
  /// Where the sound ends that the detector has heard.
  private var heard = 0
  /// The detector's position 0.
  private var origin = 0
  /// What a streaming model has been given of the utterance at hand.
  private var streaming: (utterance: SherpaUtterance, start: Int, end: Int)?

  static let rate = SherpaVoiceDetector.rate

  init(_ inbox: SpeechInbox, startSeconds: Double, _ detector: SherpaVoiceDetector, _ tuning: SpeechTuning) {
    self.inbox = inbox
    self.startSeconds = startSeconds
    self.detector = detector
    intake = SoundIntake(inbox.format, rate: Self.rate)
    segmenter = SpeechSegmenter(tuning, rate: Self.rate)
  }

  /// Takes news of the stream and puts what is to be done because of it into the queue.
  func take(_ news: SpeechInbox.News, into queue: inout DecodeQueue<Final>) {
    news.sound.withUnsafeBytes { bytes in
      var done = 0
      for finish in news.finishes {
        hear(UnsafeRawBufferPointer(rebasing: bytes[done..<finish.after]), into: &queue)
        done = finish.after
        self.finish(into: &queue)
        queue.add(final: .finish(self, finish.done), of: inbox.number)
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
      let (text, tokens) = sound.withSamples(start..<heard) { model.decode($0, rate: Self.rate) }
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
    heard = sound.end
    forget()
  }

  /// Lets the detector hear all whole windows that are new.
  private func detect(into queue: inout DecodeQueue<Final>) {
    while sound.end - heard >= SherpaVoiceDetector.windowSamples {
      let window = heard..<heard + SherpaVoiceDetector.windowSamples
      sound.withSamples(window) { detector.accept($0.baseAddress!) }
      heard = window.upperBound
      var ended: [Range<Int>] = []
      while let speech = detector.next() { ended.append(speech.lowerBound + origin..<speech.upperBound + origin) }
      act(segmenter.heard(upTo: heard, isSpeech: detector.isSpeech, ended: ended), into: &queue)
    }
    // Its positions are 32 bits.
    if segmenter.openStart == nil, heard - origin > Self.rate * 3600 { forget() }
    sound.drop(before: min(heard, segmenter.needed(at: heard)))
  }

  private func act(_ actions: [SpeechSegmenter.Action], into queue: inout DecodeQueue<Final>) {
    for action in actions {
      switch action {
      case .partial: queue.addPartial(of: inbox.number)
      case .final(let range): add(range, into: &queue)
      case .cut(let range):
        let point = range.lowerBound + sound.withSamples(range) { QuietestPoint.find(in: $0, rate: Self.rate) }
        add(segmenter.cut(at: point), into: &queue)
        // Or the detector keeps, and copies about, the sound of a speaker who makes no pause.
        detector.flush()
        while detector.next() != nil {}
      }
    }
  }

  private func add(_ range: Range<Int>, into queue: inout DecodeQueue<Final>) {
    streaming = nil
    waitingSeconds += Double(range.count) / Double(Self.rate)
    let samples = sound.withSamples(range) { Array($0) }
    queue.add(
      final: .utterance(self, samples: samples, start: seconds(range.lowerBound), end: seconds(range.upperBound)),
      of: inbox.number)
  }

  /// The detector begins anew.
  private func forget() {
    detector.reset()
    origin = heard
  }

  private func seconds(_ position: Int) -> Double { startSeconds + Double(position) / Double(Self.rate) }
}
