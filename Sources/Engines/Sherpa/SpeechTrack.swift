internal import Audio
internal import Platform
internal import Recognition

/// One stream on the decoding thread: passes what it hears to the queue and pushes what was decoded.
final class SpeechTrack {
  /// Work and notices, in the stream's order.
  enum Final {
    /// `due`: when it could have been decoded first, if other live streams may delay it.
    case utterance(SpeechTrack, SpeechListener.Utterance, due: Duration?)
    /// Up to this position there is no speech but that of earlier utterances.
    case settled(SpeechTrack, Int)
    /// Everything before this, up to that position, is decoded: report it.
    case finish(SpeechTrack, Int, @Sendable () -> Void)
  }

  let stream: StreamContext
  private let listener: SpeechListener
  private var partials = PartialDecoder()
  private var transcript: TranscriptBuilder
  private var plan: DecodingPlan
  private var pace = PartialPace()
  private var checkpoint: Checkpoint
  private var lastArrival = Duration.zero
  /// The utterance that is open, or the next, if each has its number.
  private var openNumber: Int
  /// What was told of the newest utterance that is over, if the client wants to know.
  private var newestOver: TranscriptUpdate?

  init(_ stream: StreamContext, _ detector: SherpaVoiceDetector, _ tuning: SpeechTuning, _ plan: DecodingPlan) {
    self.stream = stream
    checkpoint = stream.beginning
    listener = SpeechListener(stream.format, detector, tuning, isOpen: stream.beginning.isOpen)
    self.plan = plan
    transcript = TranscriptBuilder(segmentsBefore: stream.beginning.segments, numbersAll: stream.wishes.bounds)
    openNumber = stream.beginning.segments + 1
  }

  var detector: SherpaVoiceDetector { listener.detector }

  /// Takes audio.
  /// - Parameter isShedding: whether partials that become due are left out.
  func hear(_ bytes: [UInt8], arrival: Duration, isShedding: Bool, into queue: inout DecodeQueue<Final>) {
    lastArrival = arrival
    listener.yieldsLength = stream.wishes.yieldsLength && queue.hasLive
    let events = bytes.withUnsafeBytes { listener.hear($0) }
    add(events, isShedding: isShedding, to: &queue)
    stream.backlog.add(queuedSeconds: -stream.seconds(bytes: bytes.count))
  }

  /// Ends the open utterance and has `done` called after it.
  func finish(_ done: @escaping @Sendable () -> Void, into queue: inout DecodeQueue<Final>) {
    add(listener.finish(), isShedding: false, to: &queue)
    queue.add(final: .finish(self, listener.end, done), of: stream.number)
  }

  /// When the open utterance should be decoded although no more audio arrives: its client may have stopped sending. Nil
  /// if all of it has been decoded.
  func idleDeadline(_ tuning: SpeechTuning) -> Duration? {
    stream.wishes.partials && partials.isBehind(listener) ? lastArrival + .seconds(tuning.partials.idleSeconds) : nil
  }

  /// How an utterance is decoded that begins at this position.
  func step(at position: Int) -> (model: String, language: String?) { plan.step(at: seconds(position)) }

  /// Whether it has an open utterance that its client wants to see.
  var isLookedAt: Bool { stream.wishes.partials && listener.openRange != nil }

  /// Decodes the open utterance and pushes a partial.
  /// - Parameter streams: how many are looked at.
  func pushPartial(_ models: SpeechModels, _ tuning: SpeechTuning, among streams: Int, skippedPartials: Int) {
    guard let open = listener.openRange else { return }
    let step = step(at: open.lowerBound)
    let model = models.model(step.model, for: stream)
    let began = MonotonicClock.now
    guard let result = partials.decode(listener, model, language: step.language) else { return }
    let time = DecodingTime(seconds: (MonotonicClock.now - began) / .seconds(1), isFinal: false)
    pace.looked(for: time.seconds)
    stream.sink.decoded(time)
    listener.space(partials: pace.seconds(among: streams))
    let decoding = result.decoding
    let seconds = Double(result.range.count) / Double(SpeechListener.rate)
    guard !RepetitionGuard.isLoop(decoding.text, tokens: decoding.tokens, seconds: seconds) else { return }
    transcript.language = decoding.language ?? step.language
    // Where no more audio arrives, its end is all there is to show.
    let isIdle = began >= lastArrival + .seconds(tuning.partials.idleSeconds)
    let update = transcript.updatePartial(
      WrittenText.tidied(decoding.text), isCutOff: result.isCutOff && !isIdle,
      start: self.seconds(result.range.lowerBound),
      end: self.seconds(result.range.upperBound))
    if transcript.isHeldBack { partials.isIncomplete = true }
    if let update { push(update, skippedPartials) }
  }

  /// Pushes the text of an utterance that is over.
  func pushFinal(
    _ text: String, language: String?, of utterance: SpeechListener.Utterance, skippedPartials: Int
  ) {
    let (start, end) = (seconds(utterance.range.lowerBound), seconds(utterance.range.upperBound))
    if !text.isEmpty { plan.heard(language, from: start, to: end) }
    transcript.language = language
    var update = transcript.finish(text, start: start, end: end)
    update?.ending = utterance.ending
    // First: the message with the text says how much still waits.
    stream.backlog.add(utteranceSeconds: -Double(utterance.samples.count) / Double(SpeechListener.rate))
    settle(utterance.next, isOpen: utterance.ending == .length, update, skippedPartials: skippedPartials)
  }

  /// Everything up to `position` is decoded, as the client asked.
  func pushFinish(_ position: Int, skippedPartials: Int) {
    let update = transcript.finishStream(at: seconds(position))
    settle(position, update, skippedPartials: skippedPartials)
  }

  /// Everything up to `position` is decoded; `isOpen` if an utterance continues there.
  func settle(_ position: Int, isOpen: Bool = false, _ update: TranscriptUpdate? = nil, skippedPartials: Int) {
    checkpoint = Checkpoint(frame: frame(position), segments: transcript.finalSegments, isOpen: isOpen)
    push(update, skippedPartials)
  }

  private func add(_ events: [SpeechListener.Event], isShedding: Bool, to queue: inout DecodeQueue<Final>) {
    for event in events {
      switch event {
      case .began(let start): tell(start..<start, nil, queue.skipped(stream.number))
      case .partialDue where !stream.wishes.partials: break
      case .partialDue where isShedding: queue.skipPartial(of: stream.number)
      case .partialDue: queue.addPartial(of: stream.number)
      case .utterance(let utterance):
        partials.reset()
        tell(utterance.range, utterance.ending, queue.skipped(stream.number))
        openNumber += 1
        stream.backlog.add(utteranceSeconds: Double(utterance.samples.count) / Double(SpeechListener.rate))
        let due = queue.isContended(stream.number) ? lastArrival : nil
        queue.add(final: .utterance(self, utterance, due: due), of: stream.number)
      case .settled(let position): queue.add(final: .settled(self, position), of: stream.number)
      }
    }
  }

  /// Audio that had waited was heard. If nobody speaks, the client may wait to be told, and no chunk may come that is
  /// answered with it: repeats what is known.
  func tellSilence(skippedPartials: Int) {
    guard listener.openRange == nil, let newestOver else { return }
    push(newestOver, skippedPartials)
  }

  /// Pushes where the newest utterance begins and, if it is over, ends, if the client wants to know.
  private func tell(_ range: Range<Int>, _ ending: TranscriptUpdate.Ending?, _ skippedPartials: Int) {
    guard stream.wishes.bounds else { return }
    transcript.language = step(at: range.lowerBound).language
    let segment = transcript.bounds(of: openNumber, seconds(range.lowerBound), seconds(range.upperBound))
    let update = TranscriptUpdate(segment: segment, stableWords: 0, isFinal: false, ending: ending)
    if ending != nil { newestOver = update }
    push(update, skippedPartials)
  }

  private func push(_ update: TranscriptUpdate?, _ skippedPartials: Int) {
    stream.sink.push(update, RecognitionProgress(checkpoint: checkpoint, skippedPartials: skippedPartials))
  }

  /// Sample frames of the stream before `position`.
  private func frame(_ position: Int) -> UInt64 {
    stream.beginning.frame + UInt64(position * stream.format.sampleRate / SpeechListener.rate)
  }

  /// Seconds of the stream before `position`.
  private func seconds(_ position: Int) -> Double {
    stream.format.seconds(frames: Int(stream.beginning.frame)) + Double(position) / Double(SpeechListener.rate)
  }
}
