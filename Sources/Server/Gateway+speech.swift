import Dialects
import IO
import Platform
import Recognition
import Streams

/// New speech streams while there is more to recognize than can be in time. Sessions that are taken up are not new.
extension Gateway {
  /// Why a stream is refused with its upgrade. A client that may return with its first message is not.
  func refusesSpeech(of session: Session, opening: Opening) -> RejectedForDelay? {
    guard engines.isContinuous(opening.request.engine) else { return nil }
    guard !opening.isReturning else { return nil }
    guard case .refuse(let excess) = recognition.admission(now: loop.nowInSeconds) else {
      return decideSpeech(of: session)
    }
    guard !shared.sessions.hasOne(of: session.client) else { return nil }
    counters.overload.refused += 1
    return excess
  }

  /// Why a `start` is refused.
  func refusesSpeech(of session: Session, start request: StreamRequest) -> RejectedForDelay? {
    engines.isContinuous(request.engine) ? decideSpeech(of: session) : nil
  }

  /// Before the first chunk: whether the stream is taken; if not, it is closed.
  func admitsSpeech(of session: Session) -> Bool {
    guard !session.admission.isDecided, engines.isContinuous(session.stream.account.request.engine),
      let excess = decideSpeech(of: session)
    else { return true }
    let reason = CloseReason.overloaded(seconds: excess.seconds, limitSeconds: excess.limitSeconds)
    perform(session.stream.close(reason), for: session)
    return false
  }

  /// Decides for a session, until it is taken.
  @discardableResult
  private func decideSpeech(of session: Session) -> RejectedForDelay? {
    guard !session.admission.isDecided else { return nil }
    switch recognition.admission(now: loop.nowInSeconds) {
    case .admit: session.admission = .admitted
    case .delay(let seconds):
      session.admission = .delayed
      counters.overload.delayed += 1
      session.emit(.delayed(seconds: seconds))
    case .refuse(let excess):
      if session.admission != .refused { counters.overload.refused += 1 }
      session.admission = .refused
      return excess
    }
    return nil
  }

  /// A text that became final counts, and how late it is; a delayed stream is told.
  func updated(_ update: TranscriptUpdate, of session: Session) {
    guard update.isFinal else { return }
    if !update.segment.text.isEmpty { counters.recognition.segments += 1 }
    let now = loop.nowInSeconds
    guard let delay = session.stream.delay(ofTextUntil: update.segment.end, now: now) else { return }
    if !update.segment.text.isEmpty { counters.latencies.final.add(delay) }
    if session.admission == .delayed {
      session.emit(.delayed(seconds: delay))
    } else {
      recognition.add(delay, now: now)
    }
  }
}
