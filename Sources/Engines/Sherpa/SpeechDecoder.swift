internal import Platform
internal import Recognition

/// A decoding thread: listens to what is new in all its streams, decodes one thing, and starts over.
///
/// Everything here, the library's objects included, belongs to that thread once `run` has begun.
final class SpeechDecoder {
  private let mailbox: DecoderMailbox
  private let models: SpeechModels
  private let selection: ModelSelection
  private let tuning: SpeechTuning
  private var tracks: [UInt64: SpeechTrack] = [:]
  private var queue = DecodeQueue<SpeechTrack.Final>()
  private var shedding = PartialShedding()

  init(_ mailbox: DecoderMailbox, _ models: SpeechModels, _ selection: ModelSelection, _ tuning: SpeechTuning) {
    self.mailbox = mailbox
    self.models = models
    self.selection = selection
    self.tuning = tuning
  }

  /// Returns when the mailbox is closed.
  func run() {
    var hasWorked = false
    while let messages = mailbox.take(waitingUntil: queue.isEmpty ? deadline : .zero) {
      let now = MonotonicClock.now
      if let expiry = models.nextExpiry, expiry <= now { models.giveBackExpired() }
      listen(messages, now: now, isLate: hasWorked)
      addIdlePartials(now: now)
      let work = queue.next()
      hasWorked = work != nil
      switch work {
      case .final(.utterance(let track, let waiting, let due)):
        if let due { shedding.finalWaited(for: (now - due) / .seconds(1), now: now) }
        let utterance = shortened(waiting, of: track)
        let step = track.step(at: utterance.range.lowerBound)
        let model = models.model(step.model, for: track.stream)
        let began = MonotonicClock.now
        let heard = text(of: utterance.samples, model, language: step.language)
        track.stream.sink.decoded(
          DecodingTime(seconds: (MonotonicClock.now - began) / .seconds(1), isFinal: true))
        track.pushFinal(
          WrittenText.tidied(heard.text), language: heard.language, of: utterance, skippedPartials: skipped(track))
      case .final(.settled(let track, let position)): track.settle(position, skippedPartials: skipped(track))
      case .final(.finish(let track, let position, let done)):
        track.pushFinish(position, skippedPartials: skipped(track))
        done()
      case .partial(let number):
        guard let track = tracks[number] else { break }
        track.pushPartial(
          models, tuning, among: tracks.values.count(where: \.isLookedAt), skippedPartials: skipped(track))
      case nil: break
      }
    }
  }

  /// As much of an utterance as live streams can wait for; the rest takes its turn. It may have been longer than that
  /// when there were none.
  private func shortened(_ utterance: SpeechListener.Utterance, of track: SpeechTrack) -> SpeechListener.Utterance {
    guard track.stream.wishes.yieldsLength, queue.hasLive, let (first, rest) = utterance.split(tuning.yielding) else {
      return utterance
    }
    queue.add(rest: .utterance(track, rest, due: nil), of: track.stream.number)
    return first
  }

  private func skipped(_ track: SpeechTrack) -> Int { queue.skipped(track.stream.number) }

  /// - Parameter isLate: whether the messages may have waited while something was decoded.
  private func listen(
    _ messages: [(stream: StreamContext, DecoderMailbox.Message)], now: Duration, isLate: Bool
  ) {
    // Audio of a stream that is over by now is not decoded.
    var ended: Set<UInt64> = []
    for case (let stream, .end) in messages { ended.insert(stream.number) }
    for (stream, message) in messages {
      switch message {
      case .audio(let bytes, let arrival, let yields):
        guard !ended.contains(stream.number) else { continue }
        queue.set(stream.number, yields: yields)
        let track = track(stream)
        track.hear(bytes, arrival: arrival, isShedding: shedding.isShedding(now), into: &queue)
        if isLate { track.tellSilence(skippedPartials: skipped(track)) }
      case .finish(let done):
        if ended.contains(stream.number) { done() } else { track(stream).finish(done, into: &queue) }
      case .end: end(stream)
      }
    }
  }

  private func track(_ stream: StreamContext) -> SpeechTrack {
    if let track = tracks[stream.number] { return track }
    let tuning = stream.tuned(tuning)
    let plan = DecodingPlan(stream.choice, selection, stream.beginning.languages)
    let track = SpeechTrack(stream, models.takeDetector(tuning), tuning, plan)
    tracks[stream.number] = track
    return track
  }

  /// Finishes that were asked for are answered; nothing more is decoded.
  private func end(_ stream: StreamContext) {
    for case .finish(_, _, let done) in queue.drop(stream.number) { done() }
    stream.backlog.end()
    if let track = tracks.removeValue(forKey: stream.number) { models.release(track.detector) }
    models.end(stream)
  }

  /// When something is to be done although nothing arrives.
  private var deadline: Duration? { [idleDeadline, models.nextExpiry].compactMap(\.self).min() }

  /// When the first stream is to be decoded although no audio arrives.
  private var idleDeadline: Duration? { tracks.values.compactMap { $0.idleDeadline(tuning) }.min() }

  private func addIdlePartials(now: Duration) {
    for (number, track) in tracks {
      if let deadline = track.idleDeadline(tuning), deadline <= now { queue.addIdlePartial(of: number) }
    }
  }

  /// The text of an utterance and its language; where the model loops, the texts of its halves.
  private func text(
    of samples: [Float], _ model: SherpaModel, language: String?
  ) -> (text: String, language: String?) {
    let decoding = samples.followed(bySilenceFor: model, isOpen: false).withUnsafeBufferPointer {
      model.decode($0, rate: SpeechListener.rate, language: language)
    }
    let (text, found) = (decoding.text, decoding.language ?? language)
    let seconds = Double(samples.count) / Double(SpeechListener.rate)
    guard RepetitionGuard.isLoop(text, tokens: decoding.tokens, seconds: seconds) else {
      return (SpokenWord.trimmed(text), found)
    }
    guard seconds > Self.shortestHalvedSeconds else {
      return (SpokenWord.trimmed(RepetitionGuard.beforeLoop(text)), found)
    }
    let quarter = samples.count / 4
    let cut = samples.withUnsafeBufferPointer {
      let middle = UnsafeBufferPointer(rebasing: $0[quarter..<samples.count - quarter])
      return quarter + QuietestPoint.find(in: middle, rate: SpeechListener.rate)
    }
    let halves = [samples[..<cut], samples[cut...]].map { self.text(of: Array($0), model, language: found).text }
    return (halves.filter { !$0.isEmpty }.joined(separator: " "), found)
  }

  private static let shortestHalvedSeconds = 2.0
}
