/// The decoding thread: hears what is new in all streams, decodes one thing, and again.
///
/// Everything here, the library's objects with it, belongs to that thread once `run` has begun.
final class SpeechDecoder {
  private let desk: SpeechDesk
  private let sherpa: Sherpa
  private let voices: SpeechModelFolder
  private let model: SherpaModel
  private let tuning: SpeechTuning
  private var tracks: [UInt64: SpeechTrack] = [:]
  private var queue = DecodeQueue<SpeechTrack.Final>()
  /// Detectors of streams that are over: loading one takes as long as hearing five seconds.
  private var spare: [SherpaVoiceDetector]

  /// Loads everything; the folders' files must have been checked.
  init(
    _ desk: SpeechDesk, library: String, model folder: SpeechModelFolder, voices: SpeechModelFolder,
    _ tuning: SpeechTuning
  ) throws(SpeechError) {
    self.desk = desk
    self.voices = voices
    self.tuning = tuning
    sherpa = try Sherpa(path: library)
    model = try SherpaModel(sherpa, folder)
    spare = [try SherpaVoiceDetector(sherpa, voices, tuning)]
    // The first utterance is slower than the others: memory is laid out during it. And of a model that can't decode the library says
    // so now. It must be a sound, if not a word: silence is given back unheard.
    let hum = (0..<SpeechTrack.rate / 2).map { Float($0 % 160) / 800 - 0.1 }
    _ = hum.withUnsafeBufferPointer { model.decode($0, rate: SpeechTrack.rate) }
  }

  /// Returns when the desk is closed.
  func run() {
    while let inboxes = desk.take(waiting: queue.isEmpty) {
      for inbox in inboxes { serve(inbox) }
      switch queue.next() {
      case .final(.utterance(let track, let utterance)): finish(track, utterance)
      case .final(.settled(let track, let position)):
        track.inbox.settle(frame: track.frame(position), isOpen: false)
      case .final(.finish(let track, let position, let done)):
        track.inbox.settle(frame: track.frame(position), isOpen: false)
        done(track.inbox.tellAll(shed: queue.shed(track.inbox.number)))
      case .partial(let number): look(number)
      case nil: break
      }
    }
  }

  private func serve(_ inbox: SpeechInbox) {
    let news = inbox.take()
    guard !news.isEnded else { return end(inbox, news) }
    let track = tracks[inbox.number] ?? open(inbox)
    track.take(news, into: &queue)
    report(track)
  }

  private func open(_ inbox: SpeechInbox) -> SpeechTrack {
    let track = SpeechTrack(inbox, spare.popLast() ?? detector(), tuning)
    tracks[inbox.number] = track
    return track
  }

  private func detector() -> SherpaVoiceDetector {
    do { return try SherpaVoiceDetector(sherpa, voices, tuning) } catch {
      preconditionFailure("a detector that could be loaded before can't be now: \(error)")
    }
  }

  /// Whoever waits for a finish is answered; nothing more is decoded.
  private func end(_ inbox: SpeechInbox, _ news: SpeechInbox.News) {
    let shed = queue.shed(inbox.number)
    for case .finish(_, _, let done) in queue.drop(inbox.number) { done(inbox.tellAll(shed: shed)) }
    for finish in news.finishes { finish.done(inbox.tellAll(shed: shed)) }
    inbox.setWaiting(seconds: 0, shed: shed)
    guard let track = tracks.removeValue(forKey: inbox.number), spare.count < Self.spareDetectors else { return }
    track.detector.reset()
    spare.append(track.detector)
  }

  private func finish(_ track: SpeechTrack, _ utterance: SpeechTrack.Utterance) {
    let text = utterance.samples.withUnsafeBufferPointer { self.text(of: $0) }
    track.inbox.settle(frame: track.frame(utterance.next), isOpen: utterance.isCut) {
      $0.finish(text, start: track.seconds(utterance.start), end: track.seconds(utterance.end))
    }
    track.waitingSeconds -= Double(utterance.samples.count) / Double(SpeechTrack.rate)
    report(track)
  }

  private func look(_ number: UInt64) {
    guard let track = tracks[number], let (text, tokens, seconds) = track.look(model) else { return }
    guard !RepetitionGuard.isLoop(text, tokens: tokens, seconds: seconds) else { return }
    track.inbox.tell { $0.look(text) }
  }

  private func report(_ track: SpeechTrack) {
    track.inbox.setWaiting(seconds: track.waitingSeconds, shed: queue.shed(track.inbox.number))
  }

  /// The words of an utterance; where the model loops, those of its halves.
  private func text(of samples: UnsafeBufferPointer<Float>) -> String {
    let (text, tokens) = model.decode(samples, rate: SpeechTrack.rate)
    let seconds = Double(samples.count) / Double(SpeechTrack.rate)
    guard RepetitionGuard.isLoop(text, tokens: tokens, seconds: seconds) else { return SpokenWord.trimmed(text) }
    guard seconds > Self.shortestHalvedSeconds else { return SpokenWord.trimmed(RepetitionGuard.beforeLoop(text)) }
    let quarter = samples.count / 4
    let middle = UnsafeBufferPointer(rebasing: samples[quarter..<samples.count - quarter])
    let cut = quarter + QuietestPoint.find(in: middle, rate: SpeechTrack.rate)
    let halves = [samples[..<cut], samples[cut...]].map { self.text(of: UnsafeBufferPointer(rebasing: $0)) }
    return halves.filter { !$0.isEmpty }.joined(separator: " ")
  }

  private static let spareDetectors = 8
  private static let shortestHalvedSeconds = 2.0
}
